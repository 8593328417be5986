"""Kernels whose answers are heard.

A ZeroMQ socket tells an event loop once that something has come, through its file descriptor, and any send on the
socket takes that sign away. pyzmq's own asyncio sockets look again after each send; jupyter_client sends past them. A
message sent while an answer comes in then leaves whoever awaits the answer asleep until the time-out, although it is
there. nbclient sends one for every output within an `interact`, so such a cell now and then stalled for ten minutes.
"""

import zmq
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.manager import AsyncKernelManager
from traitlets import Type


class WakingChannel(AsyncZMQSocketChannel):
    def send(self, msg):
        super().send(msg)
        self.socket.get(zmq.EVENTS)  # asked through pyzmq, which wakes those that wait if anything is there


class WakingClient(AsyncKernelClient):
    shell_channel_class = Type(WakingChannel)
    control_channel_class = Type(WakingChannel)


class WakingManager(AsyncKernelManager):
    client_factory = Type(WakingClient, klass=AsyncKernelClient)
