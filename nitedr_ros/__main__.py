"""`python -m nitedr_ros` is `nitedr`."""

from nitedr_ros.cli.main import run

run()
