"""What callbacks hand over comes out in order, and never without bound."""

from __future__ import annotations

import threading
import time
from collections import Counter

import pytest

from nitedr_ros.node.inbox import IMAGES_KEPT, ArrivedImage, Inbox
from nitedr_ros.pairing.sensor import Sensor

TIMEOUT_S = 60.0


def test_images_and_tasks_come_in_the_order_in_which_they_were_put() -> None:
    inbox = Inbox()

    def task(pipeline: object) -> None:
        """Stand for a parameter change."""

    before_ns = time.monotonic_ns()
    inbox.put_image(Sensor.VISIBLE, 'a')
    inbox.put_task(task)
    inbox.put_image(Sensor.THERMAL, 'b')
    first, second, third = inbox.take(None)
    assert second is task
    assert isinstance(first, ArrivedImage)
    assert isinstance(third, ArrivedImage)
    assert (first.sensor, first.message) == (Sensor.VISIBLE, 'a')
    assert (third.sensor, third.message) == (Sensor.THERMAL, 'b')
    assert before_ns <= first.arrival_ns <= third.arrival_ns <= time.monotonic_ns()


def test_what_was_taken_is_gone() -> None:
    inbox = Inbox()
    inbox.put_image(Sensor.VISIBLE, 'a')
    assert len(inbox.take(None)) == 1
    assert inbox.take(time.monotonic_ns()) == []


def test_arrival_times_never_run_back_whichever_threads_put() -> None:
    inbox = Inbox()
    together = threading.Barrier(5)
    taken: list[ArrivedImage] = []

    def put(sensor: Sensor) -> None:
        together.wait()
        for number in range(500):
            inbox.put_image(sensor, number)

    threads = [threading.Thread(target=put, args=(sensor,)) for sensor in (*Sensor, *Sensor)]
    for thread in threads:
        thread.start()
    together.wait()
    while any(thread.is_alive() for thread in threads):
        taken += inbox.take(time.monotonic_ns() + 1_000_000)
    taken += inbox.take(time.monotonic_ns())
    times = [image.arrival_ns for image in taken]
    assert times == sorted(times)
    overrun = inbox.take_overrun()
    for sensor in Sensor:
        assert sum(image.sensor is sensor for image in taken) + overrun[sensor] == 1000


def test_the_oldest_image_of_that_camera_makes_room_and_is_counted() -> None:
    inbox = Inbox()
    tasks = [lambda pipeline, number=number: number for number in range(3)]
    inbox.put_image(Sensor.THERMAL, 'thermal')
    for number in range(IMAGES_KEPT + 3):
        if number < len(tasks):
            inbox.put_task(tasks[number])
        inbox.put_image(Sensor.VISIBLE, number)
    taken = inbox.take(None)
    images = [item for item in taken if isinstance(item, ArrivedImage)]
    assert [image.message for image in images] == ['thermal', *range(3, IMAGES_KEPT + 3)]
    assert [item for item in taken if not isinstance(item, ArrivedImage)] == tasks
    assert inbox.take_overrun() == Counter({Sensor.VISIBLE: 3})
    assert inbox.take_overrun() == Counter()


def test_room_counts_from_the_last_look() -> None:
    inbox = Inbox()
    for _ in range(2):
        for number in range(IMAGES_KEPT):
            inbox.put_image(Sensor.VISIBLE, number)
        assert [item.message for item in inbox.take(None)] == list(range(IMAGES_KEPT))
    assert inbox.take_overrun() == Counter()


def waiting(inbox: Inbox, deadline_ns: int | None) -> tuple[threading.Thread, list[object]]:
    """Begin to take in another thread; return it and the list that its result goes into."""
    results: list[object] = []
    thread = threading.Thread(target=lambda: results.append(inbox.take(deadline_ns)), daemon=True)
    thread.start()
    return thread, results


@pytest.mark.parametrize('put', ['image', 'task'])
def test_what_is_put_ends_the_waiting(put: str) -> None:
    inbox = Inbox()
    thread, results = waiting(inbox, None)
    if put == 'image':
        inbox.put_image(Sensor.THERMAL, 'a')
    else:
        inbox.put_task(lambda pipeline: None)
    thread.join(TIMEOUT_S)
    assert [len(taken) for taken in results] == [1]


def test_closing_ends_the_waiting_for_good() -> None:
    inbox = Inbox()
    thread, results = waiting(inbox, None)
    inbox.close()
    thread.join(TIMEOUT_S)
    assert results == [[]]
    assert inbox.take(None) == []


def test_what_waits_when_it_is_closed_is_handed_out() -> None:
    inbox = Inbox()
    inbox.put_image(Sensor.VISIBLE, 'a')
    inbox.close()
    assert len(inbox.take(None)) == 1


def test_waiting_ends_at_the_deadline_and_not_before() -> None:
    inbox = Inbox()
    deadline_ns = time.monotonic_ns() + 20_000_000
    assert inbox.take(deadline_ns) == []
    assert time.monotonic_ns() >= deadline_ns
    assert inbox.take(deadline_ns) == []


def test_a_deadline_that_has_passed_keeps_nothing_back() -> None:
    inbox = Inbox()
    inbox.put_image(Sensor.VISIBLE, 'a')
    assert len(inbox.take(time.monotonic_ns() - 1)) == 1
