"""Autobahn|Python as a program that is driven by lines of JSON: commands come in, answers and events go out.

A command is {"id", "session", "do", ...}; its answer {"id", "value"} or {"id", "failure": {"uri", "args", "kwargs"}}.
What arrives later is {"inbox", "value"}, where the inbox is the id of the command that asked for it.
"""

import asyncio
import json
import sys

import txaio

txaio.use_asyncio()

from autobahn import __version__  # noqa: E402
from autobahn.asyncio.rawsocket import WampRawSocketClientFactory  # noqa: E402
from autobahn.asyncio.wamp import ApplicationSession  # noqa: E402
from autobahn.asyncio.websocket import WampWebSocketClientFactory  # noqa: E402
from autobahn.wamp import auth, serializer, types  # noqa: E402
from autobahn.wamp.exception import ApplicationError  # noqa: E402

SERIALIZERS = {
    "json": serializer.JsonSerializer,
    "msgpack": serializer.MsgPackSerializer,
    "cbor": serializer.CBORSerializer,
}
AUTHENTICATORS = {
    "ticket": lambda it: auth.AuthTicket(authid=it["authid"], ticket=it["ticket"]),
    "wampcra": lambda it: auth.AuthWampCra(authid=it["authid"], secret=it["secret"]),
    "cryptosign": lambda it: auth.AuthCryptoSign(authid=it["authid"], privkey=it["privateKey"]),
}
EVENT_DETAILS = ("topic", "publisher", "publisher_authid", "publisher_authrole", "retained")
CALL_DETAILS = ("procedure", "caller", "caller_authid", "caller_authrole")


def with_marks(value):
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": value.hex()}
    if isinstance(value, dict):
        return {key: with_marks(item) for key, item in value.items()}
    return [with_marks(item) for item in value] if isinstance(value, (list, tuple)) else value


def with_bytes(value):
    if isinstance(value, dict):
        if "$bytes" in value:
            return bytes.fromhex(value["$bytes"])
        return {key: with_bytes(item) for key, item in value.items()}
    return [with_bytes(item) for item in value] if isinstance(value, list) else value


def say(message):
    sys.stdout.write(json.dumps(with_marks(message)) + "\n")
    sys.stdout.flush()


def shown(details, names):
    found = {name: getattr(details, name) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def payload(value):
    """What a call gave: a CallResult, or the only argument."""
    if isinstance(value, types.CallResult):
        return {"args": list(value.results), "kwargs": value.kwresults}
    return {"args": [] if value is None else [value], "kwargs": {}}


def failure(error):
    if isinstance(error, ApplicationError):
        return {"uri": error.error, "args": list(error.args), "kwargs": error.kwargs}
    return {"args": [f"{type(error).__name__}: {error}"], "kwargs": {}}


class Session(ApplicationSession):
    """Joins, and tells once whether it could."""

    def __init__(self, credentials):
        super().__init__(types.ComponentConfig(realm="realm1"))
        self.joined = asyncio.get_running_loop().create_future()
        self.gone = asyncio.get_running_loop().create_future()
        self._credentials = credentials
        self._authenticator = AUTHENTICATORS[credentials["method"]](credentials) if credentials else None

    def onConnect(self):
        if self._authenticator is None:
            self.join("realm1")
            return
        method, authid = self._credentials["method"], self._credentials["authid"]
        self.join("realm1", [method], authid, authextra=self._authenticator.authextra)

    def onChallenge(self, challenge):
        return self._authenticator.on_challenge(self, challenge)

    def onJoin(self, details):
        self.joined.set_result(details)

    def onLeave(self, details):
        if not self.joined.done():
            self.joined.set_exception(ApplicationError(details.reason, details.message))
        self.disconnect()

    def onDisconnect(self):
        if not self.joined.done():
            self.joined.set_exception(ConnectionError("the connection was closed"))
        if not self.gone.done():
            self.gone.set_result(None)

    def onUserError(self, fail, msg):
        pass


def endpoint_for(behaviour):
    does = behaviour["does"]

    async def endpoint(*args, details=None, **kwargs):
        if does == "echo":
            return types.CallResult(*args, **kwargs)
        if does == "details":
            return shown(details, CALL_DETAILS)
        if does == "answer":
            return with_bytes(behaviour["value"])
        if does == "fail":
            raise ApplicationError(behaviour["uri"], *behaviour["args"], **behaviour["kwargs"])
        if does == "progress":
            for step in range(1, args[0] + 1):
                details.progress(step)
            return "done"
        await asyncio.get_running_loop().create_future()

    return endpoint


class Driver:
    def __init__(self):
        self.sessions = {}
        self.calls = {}
        self.made = {}

    async def run(self, command):
        try:
            value = await getattr(self, command["do"])(command)
            say({"id": command["id"], "value": value})
        except (Exception, asyncio.CancelledError) as error:
            say({"id": command["id"], "failure": failure(error)})

    async def join(self, command):
        session = Session(command.get("credentials"))
        self.sessions[command["id"]] = session
        make = SERIALIZERS[command["serializer"]]
        if command["transport"] == "rawsocket":
            factory = WampRawSocketClientFactory(lambda: session, serializer=make())
        else:
            factory = WampWebSocketClientFactory(lambda: session, url=command["url"], serializers=[make()])
        await asyncio.get_running_loop().create_connection(factory, "127.0.0.1", command["port"])
        details = await session.joined
        return {"session": details.session, "welcome": {"authid": details.authid, "authrole": details.authrole, "authmethod": details.authmethod}}

    async def leave(self, command):
        session = self.sessions.pop(command["session"])
        if session.is_attached():
            session.leave()
        elif session.is_connected():
            session.disconnect()
        await session.gone

    async def subscribe(self, command):
        inbox = command["id"]

        def take(*args, details=None, **kwargs):
            say({"inbox": inbox, "value": {"args": args, "kwargs": kwargs, "details": shown(details, EVENT_DETAILS)}})

        options = types.SubscribeOptions(details=True, **command["options"])
        subscription = await self.sessions[command["session"]].subscribe(take, command["topic"], options)
        self.made[command["session"], command["topic"]] = subscription

    async def unsubscribe(self, command):
        await self.made[command["session"], command["topic"]].unsubscribe()

    async def publish(self, command):
        options = types.PublishOptions(acknowledge=True, **command["options"])
        args, kwargs = with_bytes(command["args"]), with_bytes(command["kwargs"])
        session = self.sessions[command["session"]]
        publication = await session.publish(command["topic"], *args, options=options, **kwargs)
        return publication.id

    async def register(self, command):
        options = types.RegisterOptions(details=True, **command["options"])
        endpoint = endpoint_for(command["behaviour"])
        registration = await self.sessions[command["session"]].register(endpoint, command["procedure"], options)
        self.made[command["session"], command["procedure"]] = registration

    async def unregister(self, command):
        await self.made[command["session"], command["procedure"]].unregister()

    async def call(self, command):
        inbox = command["id"]
        options = dict(command["options"])
        if options.pop("receive_progress", False):
            options["on_progress"] = lambda *args, **kwargs: say(
                {"inbox": inbox, "value": {"args": args, "kwargs": kwargs}}
            )
        args, kwargs = with_bytes(command["args"]), with_bytes(command["kwargs"])
        session = self.sessions[command["session"]]
        call = session.call(command["procedure"], *args, options=types.CallOptions(**options), **kwargs)
        self.calls[inbox] = call
        return payload(await call)

    async def cancel(self, command):
        self.calls[command["call"]].cancel()


async def main():
    reader = asyncio.StreamReader(limit=2**26)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    driver = Driver()
    tasks = set()
    say({"version": __version__})
    while line := await reader.readline():
        task = asyncio.create_task(driver.run(json.loads(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


asyncio.run(main())
