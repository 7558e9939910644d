"""Play a recorded drive to the live node: `ros2 launch nitedr_ros replay.launch.py bag:=drive`.

The drive starts when the node is active, and everything ends when the drive has ended. Only what
the node listens to is played: a bag may hold another detector's, or an earlier run's, outputs.
"""

import asyncio
from pathlib import Path

from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity
from launch.actions import (
    DeclareLaunchArgument,
    EmitEvent,
    ExecuteProcess,
    IncludeLaunchDescription,
    OpaqueCoroutine,
    OpaqueFunction,
    RegisterEventHandler,
    TimerAction,
)
from launch.conditions import evaluate_condition_expression
from launch.event_handlers import OnExecutionComplete, OnProcessExit
from launch.events import Shutdown
from launch.events.process import ProcessExited
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, TextSubstitution
from launch_ros.ros_adapters import get_ros_node
from lifecycle_msgs.msg import State
from lifecycle_msgs.srv import GetState

FOLDER = Path(__file__).parent
PARAMETERS = FOLDER.parent / 'config' / 'replay.param.yaml'
CLOCK_HZ = 100
# For the player's topics to be found, before it plays the first message.
DISCOVERY_S = 1.0
# For the node to finish what it has got, after the player's last message.
FINISH_S = 2.0
ANSWER_S = 2.0
# How long a node that starts itself may stay unconfigured.
IDLE_S = 3.0
POLL_S = 0.1
STORAGES = {'.mcap': 'mcap', '.db3': 'sqlite3'}
OUTPUTS = '(fused|derained|thermal_registered)/(image|camera_info|radiometric|mask)'

ARGUMENTS = {
    'rate': ('1.0', 'how fast to play, 1.0 as it was recorded'),
    'loop': ('false', 'play again and again, until interrupted'),
    'start_offset': ('0.0', 'seconds of the drive to leave out at its start'),
    'record': ('', 'folder for a bag of the outputs and diagnostics; empty for none'),
}
# Handed on to nitedr.launch.py.
NODE_ARGUMENTS = {
    'params_file': (str(PARAMETERS), 'parameter file of the node'),
    'visible_image': ('', 'topic of the visible images; empty for visible/image_raw'),
    'visible_info': ('', 'its calibration; empty for camera_info beside the images'),
    'thermal_image': ('', 'topic of the thermal images; empty for thermal/image_raw'),
    'thermal_info': ('', 'its calibration; empty for camera_info beside the images'),
    'model': ('', 'registered model; empty for what the parameter file says'),
    'engine': ('', 'engine; empty for what the parameter file says'),
    'namespace': ('', 'namespace of the node and of its topics'),
    'log_level': ('', "the node's log level, such as debug; empty for ROS's own"),
}


def absolute(namespace: str, name: str) -> str:
    """Return a topic's full name; namespace: as in `/front`, empty for none."""
    return name if name.startswith('/') else f'{namespace}/{name}'


def topics(given: dict[str, str], namespace: str) -> list[str]:
    """Return every topic of a bag that the node may listen to."""
    wanted = []
    for camera in ('visible', 'thermal'):
        image = absolute(namespace, given[f'{camera}_image'] or f'{camera}/image_raw')
        info = given[f'{camera}_info'] or f'{image.rpartition("/")[0]}/camera_info'
        wanted += [image, f'{image}/compressed', absolute(namespace, info)]
    return [*wanted, '/tf', '/tf_static']


def player(bag: Path, given: dict[str, str], wanted: list[str], loop: bool) -> ExecuteProcess:
    """Return the process that plays the bag."""
    command = ['ros2', 'bag', 'play', str(bag), '--clock', str(CLOCK_HZ)]
    command += ['--rate', given['rate'], '--start-offset', given['start_offset']]
    command += ['--delay', str(DISCOVERY_S), '--disable-keyboard-controls']
    if bag.suffix in STORAGES:
        command += ['--storage', STORAGES[bag.suffix]]
    if loop:
        command.append('--loop')
    return ExecuteProcess(cmd=[*command, '--topics', *wanted], output='screen')


def recorder(folder: str, name: str) -> ExecuteProcess:
    """Return the process that records what the node says."""
    wanted = f'^({name}/({OUTPUTS}|status)|/diagnostics)$'
    command = ['ros2', 'bag', 'record', '--output', folder, '--regex', wanted]
    # It may have much to write still when it is told to end.
    return ExecuteProcess(cmd=command, output='screen', sigterm_timeout='60')


async def active(context: LaunchContext, name: str, failures: list[str]) -> None:
    """Return when the lifecycle node of this name is active, or won't be: failures says why."""
    client = get_ros_node(context).create_client(GetState, f'{name}/get_state')
    idle = 0
    while idle < round(IDLE_S / POLL_S):
        await asyncio.sleep(POLL_S)
        if not client.service_is_ready():
            continue
        answer = client.call_async(GetState.Request())
        for _ in range(round(ANSWER_S / POLL_S)):
            if answer.done():
                break
            await asyncio.sleep(POLL_S)
        else:
            client.remove_pending_request(answer)
            continue
        state = answer.result().current_state.id
        if state == State.PRIMARY_STATE_ACTIVE:
            return
        # Neither configuring nor loading: it has tried and failed.
        idle = idle + 1 if state == State.PRIMARY_STATE_UNCONFIGURED else 0
    failures.append('the node could not be started, its messages say why')


def ended(event: ProcessExited, context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Return what follows the end of a process: without node or recorder nothing is worth it."""
    if context.is_shutdown:
        return []
    return [EmitEvent(event=Shutdown(reason=f'{event.process_name} has ended'))]


def replay(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Return the node, the recorder if one is wanted, and the player that waits for the node."""
    names = ['bag', *ARGUMENTS, *NODE_ARGUMENTS]
    given = {name: LaunchConfiguration(name).perform(context) for name in names}
    bag = Path(given['bag'])
    if not bag.exists():
        raise RuntimeError(f'expected bag to name a recorded drive, found nothing at {bag}')
    if given['record'] and Path(given['record']).exists():
        raise RuntimeError(
            f'expected record to name a new folder, {given["record"]} exists: name another'
        )
    namespace = '/'.join(['', *filter(None, given['namespace'].split('/'))]).rstrip('/')
    name = f'{namespace}/nitedr'
    loop = evaluate_condition_expression(context, [TextSubstitution(text=given['loop'])])
    play = player(bag, given, topics(given, namespace), loop)
    failures: list[str] = []
    waiting = OpaqueCoroutine(coroutine=active, kwargs={'name': name, 'failures': failures})
    finish = EmitEvent(event=Shutdown(reason='the drive has ended'))
    return [
        RegisterEventHandler(
            OnExecutionComplete(
                target_action=waiting,
                on_completion=lambda event, context: (
                    [EmitEvent(event=Shutdown(reason=failures[0]))] if failures else [play]
                ),
            )
        ),
        RegisterEventHandler(
            OnProcessExit(
                target_action=play, on_exit=[TimerAction(period=FINISH_S, actions=[finish])]
            )
        ),
        RegisterEventHandler(
            OnProcessExit(target_action=lambda action: action is not play, on_exit=ended)
        ),
        IncludeLaunchDescription(
            PythonLaunchDescriptionSource(str(FOLDER / 'nitedr.launch.py')),
            launch_arguments=[
                *((argument, given[argument]) for argument in NODE_ARGUMENTS),
                ('use_sim_time', 'true'),
                ('autostart', 'true'),
            ],
        ),
        *([recorder(given['record'], name)] if given['record'] else []),
        waiting,
    ]


def generate_launch_description() -> LaunchDescription:
    """Return the launch description; `ros2 launch` calls this."""
    optional = {**ARGUMENTS, **NODE_ARGUMENTS}
    return LaunchDescription(
        [
            DeclareLaunchArgument('bag', description='recorded drive: a bag folder or file'),
            *(
                DeclareLaunchArgument(name, default_value=default, description=description)
                for name, (default, description) in optional.items()
            ),
            OpaqueFunction(function=replay),
        ]
    )
