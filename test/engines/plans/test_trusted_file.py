"""Files are the user's own or not read, whole or not there."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nitedr_ros.engines.plans.trusted_file import (
    LEFTOVER_AGE_S,
    open_trusted_file,
    read_trusted_file,
    remove_leftovers,
    write_trusted_file,
)
from nitedr_ros.engines.plans.trusted_folder import TrustedFolder, open_trusted_folder
from nitedr_ros.errors import EngineError

Refusal = Callable[..., str]


@pytest.fixture
def opened(folder: Path) -> Iterator[TrustedFolder]:
    with open_trusted_folder(folder, create=True) as opened:
        yield opened


@pytest.fixture
def refusal(opened: TrustedFolder, opened_files: Callable[[], int]) -> Refusal:
    """Reads a file that must be refused, and returns what is said of it."""

    def refused(name: str = 'file', limit: int = 100) -> str:
        before = opened_files()
        with pytest.raises(EngineError) as caught:
            read_trusted_file(opened, name, limit)
        assert opened_files() == before
        assert str(opened.path / name) in str(caught.value)
        assert '\n' not in str(caught.value)
        return str(caught.value)

    return refused


@pytest.mark.parametrize('content', [b'', b'some', os.urandom(300_000)])
def test_what_is_written_is_read(opened: TrustedFolder, content: bytes) -> None:
    before = os.umask(0)
    try:
        write_trusted_file(opened, 'file', content)
    finally:
        os.umask(before)
    assert read_trusted_file(opened, 'file', len(content)) == content
    assert read_trusted_file(opened, 'file', 2**62) == content
    assert opened.names() == ['file']
    assert stat.S_IMODE((opened.path / 'file').stat().st_mode) == 0o600


def test_a_file_that_is_missing_is_told_from_one_that_is_bad(opened: TrustedFolder) -> None:
    with pytest.raises(FileNotFoundError):
        read_trusted_file(opened, 'file', 100)


def test_a_file_that_is_too_long_is_refused(opened: TrustedFolder, refusal: Refusal) -> None:
    write_trusted_file(opened, 'file', b'12345')
    assert 'at most 4 bytes, it has more' in refusal(limit=4)


@pytest.mark.parametrize('bits', [0o620, 0o602, 0o666])
def test_a_file_that_others_can_write_to_is_refused(
    opened: TrustedFolder, bits: int, refusal: Refusal
) -> None:
    write_trusted_file(opened, 'file', b'some')
    (opened.path / 'file').chmod(bits)
    assert f'its mode is {bits:04o}: delete it' in refusal()


def test_a_file_of_another_user_is_refused(
    opened: TrustedFolder, chown: Callable[[Path], None], refusal: Refusal
) -> None:
    write_trusted_file(opened, 'file', b'some')
    chown(opened.path / 'file')
    assert 'it belongs to uid 65534: delete it' in refusal()


def test_a_file_of_ours_is_refused_to_others(
    opened: TrustedFolder, monkeypatch: pytest.MonkeyPatch, refusal: Refusal
) -> None:
    write_trusted_file(opened, 'file', b'some')
    user = os.geteuid()
    monkeypatch.setattr(os, 'geteuid', lambda: user + 1)
    assert f'it belongs to uid {user}: delete it' in refusal()


@pytest.mark.parametrize('place', ['plan', '../plan', '/etc/hostname', 'nowhere'])
def test_a_link_is_refused_wherever_it_leads(
    opened: TrustedFolder, place: str, refusal: Refusal
) -> None:
    write_trusted_file(opened, 'plan', b'some')
    (opened.path.parent / 'plan').write_bytes(b'some')
    (opened.path / 'file').symlink_to(place)
    assert 'it is a symbolic link: delete it' in refusal()


def test_what_is_no_file_is_refused_and_not_waited_for(
    opened: TrustedFolder, refusal: Refusal
) -> None:
    (opened.path / 'folder').mkdir()
    os.mkfifo(opened.path / 'pipe', 0o600)
    for name in ('folder', 'pipe'):
        assert 'it is no regular file: delete it' in refusal(name)


def test_writing_replaces_a_link_and_leaves_what_it_led_to(opened: TrustedFolder) -> None:
    target = opened.path.parent / 'target'
    target.write_bytes(b'theirs')
    (opened.path / 'file').symlink_to(target)
    write_trusted_file(opened, 'file', b'ours')
    assert read_trusted_file(opened, 'file', 100) == b'ours'
    assert target.read_bytes() == b'theirs'


@pytest.mark.parametrize('function', ['open', 'fsync', 'replace'])
@pytest.mark.parametrize('number', [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EDQUOT])
def test_a_disk_that_refuses_leaves_what_was_there(
    opened: TrustedFolder, monkeypatch: pytest.MonkeyPatch, function: str, number: int
) -> None:
    write_trusted_file(opened, 'file', b'before')

    def refuse(*arguments: object, **options: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(os, function, refuse)
        with pytest.raises(EngineError) as caught:
            write_trusted_file(opened, 'file', b'after')
    assert f'{os.strerror(number)}: make room' in str(caught.value)
    assert '\n' not in str(caught.value)
    assert opened.names() == ['file']
    assert read_trusted_file(opened, 'file', 100) == b'before'


def test_an_interruption_leaves_what_was_there(
    opened: TrustedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, 'fsync', interrupt)
        with pytest.raises(KeyboardInterrupt):
            write_trusted_file(opened, 'file', b'after')
    assert opened.names() == []


def test_a_file_system_without_names_to_sync_keeps_the_file(
    opened: TrustedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = os.fsync

    def files_only(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, 'Invalid argument')
        sync(descriptor)

    monkeypatch.setattr(os, 'fsync', files_only)
    write_trusted_file(opened, 'file', b'some')
    assert read_trusted_file(opened, 'file', 100) == b'some'


def test_a_full_disk_leaves_what_was_there(small_disk: Path) -> None:
    with open_trusted_folder(small_disk) as opened:
        write_trusted_file(opened, 'file', b'before')
        with pytest.raises(EngineError, match='No space left on device: make room'):
            write_trusted_file(opened, 'file', bytes(2**21))
        assert opened.names() == ['file']
        assert read_trusted_file(opened, 'file', 100) == b'before'


def test_a_file_that_can_not_be_read_is_refused(
    opened: TrustedFolder, monkeypatch: pytest.MonkeyPatch, refusal: Refusal
) -> None:
    write_trusted_file(opened, 'file', b'some')

    def refuse(*arguments: object, **options: object) -> None:
        raise PermissionError(errno.EACCES, 'Permission denied')

    monkeypatch.setattr(os, 'open', refuse)
    assert 'Permission denied: delete it' in refusal()


def test_only_what_crashed_writers_left_is_removed(opened: TrustedFolder) -> None:
    now = time.time()
    for name, age_s in (
        ('.file.0.part', LEFTOVER_AGE_S + 60),
        ('.file.1.part', LEFTOVER_AGE_S - 60),
        ('file.part', LEFTOVER_AGE_S + 60),
        ('.file.plan', LEFTOVER_AGE_S + 60),
        ('file.plan', LEFTOVER_AGE_S + 60),
    ):
        (opened.path / name).touch()
        os.utime(opened.path / name, (now - age_s, now - age_s))
    (opened.path / '.folder.part').mkdir()
    os.utime(opened.path / '.folder.part', (0, 0))
    remove_leftovers(opened)
    assert opened.names() == [
        '.file.1.part',
        '.file.plan',
        '.folder.part',
        'file.part',
        'file.plan',
    ]


def test_a_new_file_is_for_the_user_alone(opened: TrustedFolder) -> None:
    before = os.umask(0)
    try:
        os.close(open_trusted_file(opened, 'file', os.O_RDWR | os.O_CREAT))
    finally:
        os.umask(before)
    assert stat.S_IMODE((opened.path / 'file').stat().st_mode) == 0o600
