"""Streams: what a body is sent to while it is made. In: BodyResult. Out: VMC by UDP, JSON by a WebSocket.

sender.py takes the newest result on a thread of its own, placing.py puts the body on a floor, and a Stream
(contract.py) sends it. A new kind is a file, its name and port in choice.py, and a case in opening.py.
"""
