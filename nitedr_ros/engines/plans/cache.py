"""Compiled plans on disk; what comes out is what was put in, or nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from nitedr_ros.engines.plans.key import PlanKey
from nitedr_ros.engines.plans.manifest import PlanManifest, read_manifest
from nitedr_ros.engines.plans.timings import read_timings, write_timings
from nitedr_ros.engines.plans.trusted_file import (
    read_trusted_file,
    remove_leftovers,
    write_trusted_file,
)
from nitedr_ros.engines.plans.trusted_folder import TrustedFolder, open_trusted_folder
from nitedr_ros.errors import EngineError

_LARGEST_MANIFEST_BYTES = 2**20
_PLAN, _MANIFEST = '.plan', '.json'


@dataclass(frozen=True)
class CachedPlan:
    """A plan that may be run; `content` are the very bytes that were verified."""

    content: bytes = field(repr=False)
    manifest: PlanManifest


@dataclass(frozen=True)
class Miss:
    """There is no plan to be used, for a reason of one line."""

    reason: str


class PlanCache:
    """The plans in one folder, each a file with its manifest beside it.

    A plan is code, so the folder must be the user's own and closed to others; it is looked at anew
    each time. Safe to use from several threads and processes; those that may build the same plan
    hold its `BuildLock` meanwhile.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, key: PlanKey) -> CachedPlan | Miss:
        """Return the plan of this key, verified, or why there is none; raises nothing."""
        try:
            with open_trusted_folder(self.folder) as folder:
                return _load(folder, key)
        except FileNotFoundError:
            return Miss(f'there are no plans in {self.folder} yet')
        except EngineError as error:
            return Miss(str(error))
        except OSError as error:
            return Miss(f'expected to read {self.folder}: {error.strerror}')

    def store(self, key: PlanKey, content: bytes, manifest: PlanManifest) -> None:
        """Put in a plan, in place of one of the same key.

        Raises EngineError where the folder can't be trusted or written to; the plan can be used
        all the same. Raises ValueError for a manifest of another plan.
        """
        if manifest.key != key or not manifest.describes(content):
            raise ValueError(f'expected the manifest of this plan, got that of {manifest.key}')
        with open_trusted_folder(self.folder, create=True) as folder:
            remove_leftovers(folder)
            plan = key.stem + _PLAN
            # The manifest comes last: whoever stops in between leaves none, or one that doesn't
            # fit the plan.
            write_trusted_file(folder, plan, content)
            try:
                write_trusted_file(folder, key.stem + _MANIFEST, manifest.to_bytes())
            except EngineError:
                with suppress(OSError):
                    os.unlink(plan, dir_fd=folder.descriptor)
                raise

    def entries(self) -> list[PlanManifest]:
        """Return the manifests of all plans that are there, by file name; plans aren't read.

        Raises EngineError where the folder can't be trusted or read.
        """
        try:
            with open_trusted_folder(self.folder) as folder:
                return list(_entries(folder))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise EngineError(
                f'expected to read {self.folder}: {error.strerror}: choose another folder'
            ) from None

    def load_timings(self, key: PlanKey) -> bytes:
        """Return the kernel timings of the key's TensorRT and GPU; b'' for none, never raises."""
        try:
            with open_trusted_folder(self.folder) as folder:
                return read_timings(folder, key)
        except (EngineError, OSError):
            return b''

    def store_timings(self, key: PlanKey, timings: bytes) -> None:
        """Put in kernel timings; raises EngineError as `store` does."""
        with open_trusted_folder(self.folder, create=True) as folder:
            write_timings(folder, key, timings)


def _load(folder: TrustedFolder, key: PlanKey) -> CachedPlan | Miss:
    try:
        manifest = _manifest(folder, key.stem)
    except FileNotFoundError:
        return Miss(_why_none(folder, key))
    differences = manifest.key.differences(key)
    if differences:
        return Miss(f'{folder.path / key.stem}{_PLAN} was built for {"; ".join(differences)}')
    path = folder.path / (key.stem + _PLAN)
    try:
        content = read_trusted_file(folder, path.name, manifest.plan_bytes)
    except FileNotFoundError:
        return Miss(f'{path} is missing, only its manifest is there')
    if len(content) < manifest.plan_bytes:
        return Miss(f'{path} was cut: {len(content)} of {manifest.plan_bytes} bytes are there')
    if not manifest.describes(content):
        return Miss(f'{path} was altered: it has another SHA-256 than its manifest says')
    return CachedPlan(content, manifest)


def _why_none(folder: TrustedFolder, key: PlanKey) -> str:
    found = [entry.key.differences(key) for entry in _entries(folder)]
    if not found:
        return f'there are no plans in {folder.path} yet'
    nearest = min(found, key=len)
    return f'no plan in {folder.path} is for this; the nearest was built for {"; ".join(nearest)}'


def _manifest(folder: TrustedFolder, stem: str) -> PlanManifest:
    name = stem + _MANIFEST
    content = read_trusted_file(folder, name, _LARGEST_MANIFEST_BYTES)
    return read_manifest(content, folder.path / name)


def _entries(folder: TrustedFolder) -> Iterator[PlanManifest]:
    for name in folder.names():
        stem = name.removesuffix(_MANIFEST)
        if stem == name:
            continue
        with suppress(EngineError, OSError):
            manifest = _manifest(folder, stem)
            plan = os.stat(stem + _PLAN, dir_fd=folder.descriptor, follow_symlinks=False)
            if manifest.key.stem == stem and plan.st_size == manifest.plan_bytes:
                yield manifest
