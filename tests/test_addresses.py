"""No secret of an address is left in what may be shown."""

from __future__ import annotations

import pytest

from str_live.addresses import holds_secret, public_address, public_text

PUBLIC = {
    "rtsp://me:secret@10.0.0.2:554/live?token=secret": "rtsp://10.0.0.2:554/live",
    "rtsp://me:p@secret@10.0.0.2/live": "rtsp://10.0.0.2/live",
    "rtsp://me:p%40secret@10.0.0.2/live": "rtsp://10.0.0.2/live",
    "rtsp://me:se/cret@10.0.0.2/live": "rtsp://10.0.0.2/live",
    "rtsp://me:12/secret@10.0.0.2/live": "rtsp://10.0.0.2/live",
    "rtsp://me:p@s/secret@10.0.0.2/live": "rtsp://10.0.0.2/live",
    "rtsp://me:se?cret#1@10.0.0.2/live": "rtsp://10.0.0.2/live",
    "rtsp://secret@10.0.0.2": "rtsp://10.0.0.2",
    "RTSP://me:secret@[fe80::1]:8554/live#secret": "RTSP://[fe80::1]:8554/live",
    "http://[::1]:8080/v?password=secret&resolution=640x480": "http://[::1]:8080/v?resolution=640x480",
    "http://10.0.0.2/?action=stream": "http://10.0.0.2/?action=stream",
    "http://10.0.0.2/?action=stream&x=secret": "http://10.0.0.2/?action=stream",
    "http://10.0.0.2/cgi?usr=me&pwd=secret": "http://10.0.0.2/cgi",
    "http://10.0.0.2/v?secret": "http://10.0.0.2/v",
    "http://10.0.0.2/v?id=secret-that-is-much-longer": "http://10.0.0.2/v",
    "https://example.org/@me/film.mp4": "https://example.org/@me/film.mp4",
    "rtsp://10.0.0.2:554/Streaming/Channels/101": "rtsp://10.0.0.2:554/Streaming/Channels/101",
}


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_loses_its_secrets_and_keeps_what_finds_the_camera(address):
    assert public_address(address) == PUBLIC[address]
    assert "secret" not in public_address(address)
    assert holds_secret(address) == (PUBLIC[address] != address)
    assert public_address(PUBLIC[address]) == PUBLIC[address]


@pytest.mark.parametrize("spec", ["", "0", "clip", "films/me:secret@home.mp4", "usb:046d:0825:HD Webcam"])
def test_what_is_no_address_stays(spec):
    assert public_address(spec) == spec
    assert not holds_secret(spec)


@pytest.mark.parametrize("address", PUBLIC)
@pytest.mark.parametrize("sentence", ["Nothing to play at {}.", "[Errno 1] refused: '{}'", "({}), and so on"])
def test_a_sentence_loses_the_secrets_of_the_addresses_in_it(address, sentence):
    assert public_text(sentence.format(address)) == sentence.format(PUBLIC[address])


def test_other_schemes_are_spared_in_sentences_too():
    assert public_text("opened srt://host:9000?passphrase=secret today") == "opened srt://host:9000 today"
