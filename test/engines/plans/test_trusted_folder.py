"""Which folders are trusted, and what is said of those that are not."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from nitedr_ros.engines.plans.trusted_folder import default_folder, open_trusted_folder
from nitedr_ros.errors import EngineError

Refusal = Callable[..., str]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def refusal(opened_files: Callable[[], int]) -> Refusal:
    """Opens a folder that must be refused, and returns what is said of it."""

    def refused(folder: Path, *, create: bool = False) -> str:
        before = opened_files()
        with pytest.raises(EngineError) as caught, open_trusted_folder(folder, create=create):
            pass
        assert opened_files() == before
        assert '\n' not in str(caught.value)
        return str(caught.value)

    return refused


@pytest.fixture
def private(tmp_path: Path) -> Path:
    folder = tmp_path / 'a folder'
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def foreign(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes us another user, as far as the process knows."""
    user = os.geteuid() + 1
    return lambda: monkeypatch.setattr(os, 'geteuid', lambda: user)


def test_what_is_missing_is_made_for_the_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / 'one' / 'two' / 'three'
    before = os.umask(0)
    try:
        with open_trusted_folder(folder, create=True) as opened:
            assert opened.path == folder.resolve()
            assert opened.names() == []
    finally:
        os.umask(before)
    assert [mode(place) for place in (folder, *folder.parents[:2])] == [0o700] * 3


def test_nothing_is_made_unasked(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), open_trusted_folder(tmp_path / 'one' / 'two'):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize('bits', [0o700, 0o500, 0o755, 0o2755, 0o1755])
def test_a_folder_that_others_can_not_write_to_is_trusted(private: Path, bits: int) -> None:
    private.chmod(bits)
    with open_trusted_folder(private) as opened:
        assert os.fstat(opened.descriptor).st_ino == private.stat().st_ino
    private.chmod(0o700)


@pytest.mark.parametrize('bits', [0o720, 0o702, 0o775, 0o1777])
def test_a_folder_that_others_can_write_to_is_refused_until_the_advice_is_followed(
    private: Path, bits: int, refusal: Refusal
) -> None:
    private.chmod(bits)
    reason = refusal(private)
    assert f'its mode is {bits:04o}' in reason
    assert refusal(private, create=True) == reason
    advice = reason.rpartition(': ')[2]
    assert advice.startswith('chmod go-w ')
    subprocess.run(['sh', '-c', advice], check=True)
    with open_trusted_folder(private):
        assert mode(private) == bits & ~0o022


@pytest.mark.parametrize('bits', [0o770, 0o707])
def test_a_folder_above_in_which_others_could_swap_it_is_refused(
    private: Path, bits: int, refusal: Refusal
) -> None:
    folder = private / 'above' / 'plans'
    folder.mkdir(parents=True, mode=0o700)
    private.chmod(bits)
    assert f'expected {private} to be writable by its owner only' in refusal(folder)
    private.chmod(bits | stat.S_ISVTX)
    with open_trusted_folder(folder):
        assert folder.is_dir()


def test_nothing_is_made_where_others_could_swap_it(private: Path, refusal: Refusal) -> None:
    private.chmod(0o777)
    assert 'chmod go-w' in refusal(private / 'plans', create=True)
    assert list(private.iterdir()) == []


def test_a_folder_of_another_user_is_refused(
    private: Path, chown: Callable[..., None], refusal: Refusal
) -> None:
    chown(private)
    assert f'expected {private} to belong to you (uid 0), it belongs to uid' in refusal(private)


def test_a_folder_above_of_another_user_is_refused(
    private: Path, chown: Callable[..., None], refusal: Refusal
) -> None:
    (private / 'plans').mkdir(mode=0o700)
    chown(private)
    assert f'expected {private} to belong to you (uid 0) or root' in refusal(private / 'plans')


def test_a_folder_of_ours_is_refused_to_others(
    private: Path, foreign: Callable[..., None], refusal: Refusal
) -> None:
    uid = os.geteuid()
    foreign()
    assert f'it belongs to uid {uid}: choose a folder of your own' in refusal(private)


def test_a_user_whom_permissions_bind_has_folders_too(
    unprivileged: Callable[[], AbstractContextManager[Path]], refusal: Refusal
) -> None:
    with unprivileged() as home:
        with open_trusted_folder(home / 'plans', create=True) as opened:
            assert os.fstat(opened.descriptor).st_uid == os.geteuid()
        home.chmod(0o500)
        assert 'Permission denied: choose another one' in refusal(home / 'other', create=True)
        assert f'expected / to belong to you (uid {os.geteuid()})' in refusal(Path('/'))


def test_a_link_leads_to_where_it_leads(private: Path, tmp_path: Path, refusal: Refusal) -> None:
    link = tmp_path / 'link'
    link.symlink_to(private)
    with open_trusted_folder(link) as opened:
        assert opened.path == private.resolve()
    private.chmod(0o777)
    assert f'chmod go-w {private}'.replace(str(private), f"'{private}'") in refusal(link)


def test_what_is_no_folder_is_refused(tmp_path: Path, refusal: Refusal) -> None:
    (tmp_path / 'file').touch()
    (tmp_path / 'loop').symlink_to('loop')
    for name in ('file', 'file/below', 'loop'):
        assert f'at {tmp_path / name}: Not a directory' in refusal(tmp_path / name, create=True)


def test_a_folder_that_is_open_stays_the_same(private: Path, tmp_path: Path) -> None:
    (private / 'ours').touch()
    with open_trusted_folder(private) as opened:
        private.rename(tmp_path / 'aside')
        private.mkdir()
        (private / 'theirs').touch()
        assert opened.names() == ['ours']


def test_the_default_lies_in_the_users_caches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('HOME', str(tmp_path))
    monkeypatch.delenv('XDG_CACHE_HOME', raising=False)
    assert default_folder() == tmp_path / '.cache' / 'nitedr' / 'plans'
    # The specification has relative paths ignored.
    monkeypatch.setenv('XDG_CACHE_HOME', 'relative')
    assert default_folder() == tmp_path / '.cache' / 'nitedr' / 'plans'
    monkeypatch.setenv('XDG_CACHE_HOME', '/var/caches')
    assert default_folder() == Path('/var/caches/nitedr/plans')


def test_a_user_without_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def home() -> Path:
        raise RuntimeError('Could not determine home directory.')

    monkeypatch.setattr(Path, 'home', home)
    monkeypatch.delenv('XDG_CACHE_HOME', raising=False)
    with pytest.raises(EngineError, match='set XDG_CACHE_HOME'):
        default_folder()
