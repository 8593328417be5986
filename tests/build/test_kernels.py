"""An answer of a kernel that comes in while a message is sent to it is heard.

Fails if tools/kernels.py no longer wakes whoever waits: the build then sits by an idle kernel until the time-out.
"""

import asyncio
import sys
import time
from pathlib import Path

import pytest
import zmq.asyncio
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.session import Session

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from kernels import WakingChannel, WakingManager  # noqa: E402


async def heard(channel_class):
    """Whether an answer that comes in just before a message goes out reaches the one who waits for it."""
    session = Session(key=b"a key")
    context, ours = zmq.Context(), zmq.asyncio.Context()
    with context, ours, context.socket(zmq.ROUTER) as kernel, ours.socket(zmq.DEALER) as socket:
        socket.connect(f"tcp://127.0.0.1:{kernel.bind_to_random_port('tcp://127.0.0.1')}")
        channel = channel_class(socket, session)
        channel.send(session.msg("execute_request"))
        sender = kernel.recv_multipart()[0]
        waiting = asyncio.ensure_future(channel.get_msg(timeout=None))
        await asyncio.sleep(0.1)
        session.send(kernel, "execute_reply", ident=sender)
        time.sleep(0.1)  # the answer is there, and the loop has not looked yet
        channel.send(session.msg("comm_msg"))
        done, _ = await asyncio.wait([waiting], timeout=2)
        waiting.cancel()
        kernel.linger = socket.linger = 0
        return bool(done)


def test_an_answer_that_crosses_a_message_is_heard():
    assert asyncio.run(heard(WakingChannel))


def test_jupyter_client_alone_would_not_hear_it():
    """The day that this fails, tools/kernels.py can go."""
    assert not asyncio.run(heard(AsyncZMQSocketChannel))


@pytest.mark.parametrize("channel", ["shell", "control"])
def test_the_kernels_that_run_the_notebooks_have_such_channels(channel):
    client = WakingManager().client_factory
    assert issubclass(getattr(client, f"{channel}_channel_class").klass, WakingChannel)
