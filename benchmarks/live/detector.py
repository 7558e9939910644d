"""The detector behind the node: notes when each image comes, and does nothing else."""

from __future__ import annotations

import argparse
from pathlib import Path

from sensor_msgs.msg import Image

from live.wire import image_qos, log_arrivals, ros_node, spin_until_interrupted, write_log


def main() -> None:
    """Listen until SIGINT, then write what came when."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--log', type=Path, required=True)
    parser.add_argument('--topic', required=True)
    parser.add_argument('--qos', choices=('sensor', 'reliable'), required=True)
    options = parser.parse_args()
    with ros_node('detector') as node:
        arrivals = log_arrivals(node, options.topic, Image, image_qos(options.qos))
        spin_until_interrupted(node)
        write_log(options.log, arrivals)


if __name__ == '__main__':
    main()
