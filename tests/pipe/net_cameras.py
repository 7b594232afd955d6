"""Two network cameras on the loopback, made by hand so that they can fail as wished: HTTP with Motion JPEG and a password of the
Basic kind, RTSP (RFC 2326) with RTP/JPEG (RFC 2435) in its own connection and a password of the Digest kind. Both show grey.
state: ok; stall: silent; refuse: answers 503; mute: takes calls and never answers. stop and start: the machine is gone, and back."""
import base64, hashlib, re, select, socket, socketserver, struct, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

USER, PASSWORD, WRONG, TOKEN = "geheim", "s3cret", "wr0ng", "tok3n"
SECRETS = [USER, PASSWORD, WRONG, TOKEN]
EVERY_S = 0.04


def grey_jpeg():
    """16x16, one component: tables of Annex K cut to what is used, four 8x8 blocks of zeros."""
    bits = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
    def segment(marker, data):
        return bytes([0xff, marker]) + (len(data) + 2).to_bytes(2, "big") + data
    dc = bytes([0]) + bytes(bits) + bytes(range(12))
    ac = bytes([0x10]) + bytes([1] + [0] * 15) + bytes([0])  # one code, of one bit: end of block
    body = "000" * 4  # difference 0 = code "00", end of block = "0"; padded with ones
    body += "1" * (-len(body) % 8)
    scan = bytes(int(body[i:i + 8], 2) for i in range(0, len(body), 8))
    return (b"\xff\xd8" + segment(0xdb, bytes([0]) + bytes([16] * 64)) + segment(0xc0, bytes([8, 0, 16, 0, 16, 1, 1, 0x11, 0])) +
            segment(0xc4, dc) + segment(0xc4, ac) + segment(0xda, bytes([1, 1, 0, 0, 63, 0])) + scan + b"\xff\xd9")


class Camera:
    """url; state; calls: when somebody called."""

    def __init__(self, scheme, server_class, handler_class):
        self.state, self.calls, self.port, self.connections = "ok", [], 0, set()
        self.scheme, self.server_class, self.handler_class = scheme, server_class, handler_class
        self.start()

    def start(self):
        handler = type("Handler", (self.handler_class,), {"camera": self})
        self.server = self.server_class(("127.0.0.1", self.port), handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        for connection in list(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def url(self, password=PASSWORD):
        return f"{self.scheme}://{USER}:{password}@127.0.0.1:{self.port}/cam.mjpg?token={TOKEN}"

    def called(self, connection):
        self.calls.append(time.monotonic())
        self.connections.add(connection)
        while self.state == "mute":
            time.sleep(EVERY_S)


class HttpHandler(BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.camera.called(self.connection)
        wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.camera.state == "refuse":
            return self.send_error(503)
        if self.headers.get("Authorization") != wanted:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="cam"')
            self.send_header("Content-Length", "0")
            return self.end_headers()
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace;boundary=b")
        self.end_headers()
        jpeg = grey_jpeg()
        try:
            while self.camera.state in ("ok", "stall"):
                if self.camera.state == "ok":
                    self.wfile.write(b"--b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(jpeg), jpeg))
                    self.wfile.flush()
                time.sleep(EVERY_S)
        except OSError:
            pass
        self.close_connection = True


SDP = ("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=cam\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\nm=video 0 RTP/AVP 26\r\n"
       "a=control:track1\r\n")


def rtp_jpeg(number):
    """64x48, 4:2:0, the standard tables: twelve macroblocks of nothing, 4 x (00 1010) + 2 x (00 00) each."""
    payload = struct.pack(">IBBBB", 0, 1, 50, 64 // 8, 48 // 8) + bytes.fromhex("28a28a00") * 12
    packet = struct.pack(">BBHII", 0x80, 0x80 | 26, number & 0xffff, number * int(90000 * EVERY_S), 1) + payload
    return struct.pack(">BBH", ord("$"), 0, len(packet)) + packet


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


class RtspHandler(socketserver.BaseRequestHandler):
    def is_allowed(self, method, headers):
        given = dict(re.findall(r'(\w+)="?([^",]*)"?', headers.get("authorization", "")))
        wanted = md5(f"{md5(f'{USER}:cam:{PASSWORD}')}:n0nce:{md5(method + ':' + given.get('uri', ''))}")
        return given.get("username") == USER and given.get("response") == wanted

    def answer(self, number, code, more="", body=""):
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        self.request.sendall(f"RTSP/1.0 {code}\r\nCSeq: {number}\r\n{more}{length}\r\n{body}".encode())

    def serve(self, text):
        """One request; whether pictures go out from now on."""
        first, *lines = text.split("\r\n")
        method = first.split()[0]
        headers = {k.strip().lower(): v.strip() for k, _, v in (l.partition(":") for l in lines)}
        number = headers.get("cseq", "0")
        if self.camera.state == "refuse":
            self.answer(number, "503 Service Unavailable")
        elif method == "OPTIONS":
            self.answer(number, "200 OK", "Public: DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER\r\n")
        elif not self.is_allowed(method, headers):
            self.answer(number, "401 Unauthorized", 'WWW-Authenticate: Digest realm="cam", nonce="n0nce"\r\n')
        elif method == "DESCRIBE":
            self.answer(number, "200 OK", "Content-Type: application/sdp\r\n", SDP)
        elif method == "SETUP":
            self.answer(number, "200 OK", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n")
        else:
            self.answer(number, "200 OK", "Session: 1\r\n")
        return method == "PLAY" and self.camera.state == "ok"

    def handle(self):
        self.camera.called(self.request)
        heard, is_playing, n_sent = b"", False, 0
        try:
            while self.camera.state in ("ok", "stall", "refuse"):
                if select.select([self.request], [], [], EVERY_S)[0]:
                    new = self.request.recv(4096)
                    if not new:
                        return
                    heard += new
                while heard.startswith(b"$") and len(heard) >= 4 and len(heard) >= 4 + heard[2] * 256 + heard[3]:
                    heard = heard[4 + heard[2] * 256 + heard[3]:]  # the other side's reports
                while not heard.startswith(b"$") and b"\r\n\r\n" in heard:
                    text, _, heard = heard.partition(b"\r\n\r\n")
                    is_playing = self.serve(text.decode()) or is_playing
                if is_playing and self.camera.state == "refuse":
                    return
                if is_playing and self.camera.state == "ok":
                    self.request.sendall(rtp_jpeg(n_sent))
                    n_sent += 1
        except OSError:
            pass


class RtspServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True


def http_camera():
    return Camera("http", ThreadingHTTPServer, HttpHandler)


def rtsp_camera():
    return Camera("rtsp", RtspServer, RtspHandler)
