"""Where the files that come with the package lie: models, configuration and launch files."""

from __future__ import annotations

from pathlib import Path

from nitedr_ros.errors import NitedrError

_PACKAGE = 'nitedr_ros'


def share_folder() -> Path:
    """Return the folder that holds `package.xml`, `models`, `config` and `launch`.

    It is the source tree itself where the package is run from there (also after `pip install -e`
    and `colcon build --symlink-install`), else `share/nitedr_ros` below the nearest folder above
    the package: the prefix of a wheel or colcon install, or the folder of `pip install --target`.

    Raises:
        NitedrError: the package was copied somewhere without these files.

    """
    return _share_folder_of(Path(__file__).absolute().parent)


def models_folder() -> Path:
    """Return the folder with one folder per registered model."""
    return share_folder() / 'models'


def config_folder() -> Path:
    """Return the folder with the default parameter file."""
    return share_folder() / 'config'


def launch_folder() -> Path:
    """Return the folder with the launch files."""
    return share_folder() / 'launch'


def _share_folder_of(package: Path) -> Path:
    # An installer may link the package's folder or single files, so links are followed second.
    for start in dict.fromkeys((package, package.resolve())):
        if (start.parent / 'package.xml').is_file() and (start.parent / 'models').is_dir():
            return start.parent
        for prefix in start.parents:
            share = prefix / 'share' / _PACKAGE
            if (share / 'package.xml').is_file():
                return share
    raise NitedrError(
        f'expected share/{_PACKAGE}/package.xml in a folder above {package}, found none: '
        'install the package with pip or colcon instead of copying it'
    )
