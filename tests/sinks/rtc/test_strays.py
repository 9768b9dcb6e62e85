import asyncio
import gc

from aiortc import RTCPeerConnection

from vcam.sinks.rtc.strays import Strays


async def test_errors_of_the_libraries_tasks_are_kept_quiet_and_all_others_go_on():
    passed = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: passed.append(context["exception"]))
    strays = Strays()

    async def ours():
        raise ValueError("ours")

    # a description that is none: an error out of a coroutine of aiortc
    tasks = [asyncio.create_task(RTCPeerConnection().setRemoteDescription(None))]
    tasks.append(asyncio.create_task(ours()))
    await asyncio.wait(tasks)
    del tasks
    gc.collect()
    assert [str(error) for error in passed] == ["ours"]
    strays.close()
    assert loop.get_exception_handler() is not None
    loop.set_exception_handler(None)


async def test_a_handler_that_somebody_set_later_stays():
    loop = asyncio.get_running_loop()
    strays = Strays()

    def later(_loop, _context):
        pass

    loop.set_exception_handler(later)
    strays.close()
    assert loop.get_exception_handler() is later
