"""A little MJPEG camera on 127.0.0.1 for the stream tests."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2

from str_live.camera.test_pattern import paint_pattern


class MjpegServer:
    """Sends the test pattern at `fps` to whoever asks, until told to be silent or to hang up."""

    def __init__(self, fps: float = 25.0, size: tuple[int, int] = (320, 240)) -> None:
        self.silent = threading.Event()
        self.hung_up = threading.Event()
        server = self
        images = [paint_pattern(index, size) for index in range(25)]
        pictures = [cv2.imencode(".jpg", image)[1].tobytes() for image in images]

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                number = 0
                while not server.hung_up.is_set():
                    if not server.silent.is_set():
                        picture = pictures[number % len(pictures)]
                        head = (
                            f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
                        )
                        try:
                            self.wfile.write(head.encode() + picture + b"\r\n")
                        except OSError:
                            return
                        number += 1
                    time.sleep(1 / fps)

            def log_message(self, *arguments: object) -> None:
                """Say nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/video"

    def close(self) -> None:
        self.hung_up.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(2)
