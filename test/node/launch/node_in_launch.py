"""For launch_testing: nitedr.launch.py starts a node that works and ends well.

Run by test_live_launch.py, which sets the environment.
"""

from __future__ import annotations

import os
import unittest
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from launch import LaunchDescription
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch_testing import post_shutdown_test
from launch_testing.actions import ReadyToTest
from launch_testing.asserts import assertExitCodes
from launch_testing.util import KeepAliveProc
from lifecycle_msgs.srv import GetState
from players import plan
from players.camera_player import CameraPlayer
from players.recorder import Recorder
from sensor_msgs.msg import Image

from nitedr_ros.resources import launch_folder

SIZE = (64, 48)
START_NS = 1_700_000_000_000_000_000
FUSED = '/car/nitedr/fused/image'
ARGUMENTS = {'namespace': 'car', 'visible_image': '/cam0/image_raw', 'engine': 'passthrough'}


def generate_test_description() -> LaunchDescription:
    file = PythonLaunchDescriptionSource(str(launch_folder() / 'nitedr.launch.py'))
    included = IncludeLaunchDescription(file, launch_arguments=ARGUMENTS.items())
    return LaunchDescription([included, KeepAliveProc(), ReadyToTest()])


class TestWhileItRuns(unittest.TestCase):
    recorder: Recorder

    @classmethod
    def setUpClass(cls) -> None:
        cls.recorder = Recorder(int(os.environ['ROS_DOMAIN_ID']))
        cls.recorder.listen(FUSED, Image)
        cls.recorder.listen('/diagnostics', DiagnosticArray)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.recorder.close()

    def state(self) -> str:
        service = '/car/nitedr/get_state'
        answer = self.recorder.ask(GetState, service, GetState.Request())
        return str(answer.current_state.label)

    def values(self, name: str) -> dict[str, str]:
        """Return what was said last of a part on /diagnostics."""
        for message in reversed(self.recorder.heard('/diagnostics')):
            for status in message.status:
                if status.name == f'car/nitedr: {name}':
                    return {pair.key: pair.value for pair in status.values}
        return {}

    def test_outputs_come_when_it_is_active(self) -> None:
        while self.state() != 'active':
            self.recorder.wait_for_news(0.2)
        topic = plan.topic('/cam0/image_raw', plan.IMAGE, matched=1)
        cameras = CameraPlayer({'visible': topic})
        self.addCleanup(cameras.kill)
        self.recorder.wait_for(lambda: self.values('visible camera').get('publishers') == '1')
        self.recorder.wait_for_publishers(FUSED)
        cameras.play(
            *(
                plan.image('visible', START_NS + number, 5, size=SIZE, after_s=0.05)
                for number in range(5)
            )
        )
        fused = self.recorder.wait_for_messages(FUSED, 1)[0]
        cameras.finish()
        assert bytes(fused.data) == plan.pixels(5, 'rgb8', *SIZE).tobytes()
        assert self.state() == 'active'


@post_shutdown_test()
class TestAfterItsEnd(unittest.TestCase):
    def test_exit_code(self, proc_info: Any) -> None:
        nodes = [name for name in proc_info.process_names() if 'nitedr_node' in name]
        assert len(nodes) == 1
        assertExitCodes(proc_info, process=nodes[0])
