"""The yardstick: a node that sends the visible images on as they are, and no more."""

from __future__ import annotations

import argparse

from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import Image

from live.wire import RELAYED, VISIBLE, image_qos, ros_node, spin_until_interrupted


def main() -> None:
    """Relay until SIGINT."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--qos', choices=('sensor', 'reliable'), required=True)
    options = parser.parse_args()
    with ros_node('relay') as node:
        publisher = node.create_publisher(Image, RELAYED, image_qos(options.qos))
        node.create_subscription(Image, VISIBLE, publisher.publish, qos_profile_sensor_data)
        spin_until_interrupted(node)


if __name__ == '__main__':
    main()
