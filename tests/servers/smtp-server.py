"""A mail server: plain, with STARTTLS or with TLS from the first byte on; the encrypted ones want a password."""
import asyncio
import ssl
import sys

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

mode, port, data = sys.argv[1], int(sys.argv[2]), sys.argv[3]
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(f"{data}/cert.pem", f"{data}/key.pem")


def authenticate(server, session, envelope, mechanism, given):
    good = isinstance(given, LoginPassword) and given.login == b"ops" and given.password == b"lab-smtp-pw"
    return AuthResult(success=good, handled=False)


def session():
    secure = mode != "plain"
    return SMTP(
        Mailbox(f"{data}/maildir"), authenticator=authenticate, auth_required=secure, auth_require_tls=mode == "starttls",
        tls_context=context if mode == "starttls" else None, require_starttls=mode == "starttls")


async def main():
    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", port, ssl=context if mode == "tls" else None)
    await server.serve_forever()


asyncio.run(main())
