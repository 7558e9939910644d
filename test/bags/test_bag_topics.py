import pytest

from nitedr_ros.bags.reader import TopicInfo
from nitedr_ros.bags.topics import CameraTopics, find_topics
from nitedr_ros.errors import InputError

IMAGE = 'sensor_msgs/msg/Image'
COMPRESSED = 'sensor_msgs/msg/CompressedImage'
INFO = 'sensor_msgs/msg/CameraInfo'


def bag(*names):
    """Topics whose type follows from their names."""
    types = {'compressed': COMPRESSED, 'compressedDepth': COMPRESSED, 'camera_info': INFO}
    types |= {'points': 'sensor_msgs/msg/PointCloud2'}
    return [TopicInfo(n, types.get(n.rpartition('/')[2], IMAGE), 3) for n in names]


@pytest.mark.parametrize(
    ('names', 'visible', 'thermal'),
    [
        (('/visible/image_raw', '/thermal/image_raw'), 0, 1),
        (('/flir_boson/image_raw', '/rgb/image_raw'), 1, 0),
        (('/lwir/image', '/cam0/image'), 1, 0),
        (('/camera/color/image_raw', '/camera/infra1/image_rect_raw'), 0, 1),
        (('/ir/image_raw', '/first_camera/image_raw'), 1, 0),
        (('/cameraIR/image_raw', '/cameraLeft/image_raw'), 1, 0),
        (('/camera/infra1/image_raw', '/color/image_raw', '/thermal/image_raw'), 1, 2),
        (('/left/image_raw', '/rgb/image_raw', '/tir/image_raw'), 1, 2),
        (('/thermal_left/image_raw', '/visible_left/image_raw'), 1, 0),
        (('/rgb/image_raw', '/rgb/image_rect', '/thermal/image_raw', '/thermal/image_rect'), 0, 2),
        (('/rgb/image_raw', '/depth/image', '/thermal/x', '/thermal/fused', '/points'), 0, 2),
        (('/truth/visible/image', '/visible/x', '/truth/thermal/image', '/thermal/x'), 1, 3),
        (('/thermal/image_raw/compressed', '/eo/image_raw/compressed'), 1, 0),
        (('/image_raw',), 0, None),
        (('/thermal/image_raw',), None, 0),
    ],
)
def test_cameras_are_found_by_name(names, visible, thermal):
    expected = CameraTopics(
        None if visible is None else names[visible], None if thermal is None else names[thermal]
    )
    assert find_topics(bag(*names)) == expected
    assert find_topics(bag(*names)[::-1]) == expected


def test_a_raw_topic_comes_before_its_compressed_sibling():
    topics = bag('/rgb/image_raw/compressed', '/rgb/image_raw', '/lwir/image_raw/compressed')
    found = find_topics(topics)
    assert (found.visible, found.thermal) == ('/rgb/image_raw', '/lwir/image_raw/compressed')


def test_a_raw_topic_without_messages_leaves_the_place_to_its_sibling():
    topics = [TopicInfo('/rgb/image_raw', IMAGE, 0), *bag('/rgb/image_raw/compressed')]
    assert find_topics(topics).visible == '/rgb/image_raw/compressed'


def test_camera_info_lies_beside_the_image():
    found = find_topics(
        bag(
            '/rgb/image_raw',
            '/rgb/camera_info',
            '/ir/image_raw/compressed',
            '/ir/camera_info',
            '/camera_info',
        )
    )
    assert (found.visible_info, found.thermal_info) == ('/rgb/camera_info', '/ir/camera_info')


@pytest.mark.parametrize(
    'names',
    [
        ('/cam0/image_raw', '/cam1/image_raw'),
        ('/rgb/image_raw', '/cam1/image_raw'),
        ('/rgb_front/image', '/rgb_rear/image', '/thermal/image'),
        ('/thermal_front/image', '/thermal_rear/image', '/rgb/image'),
    ],
)
def test_what_is_unclear_is_asked_for(names):
    with pytest.raises(InputError) as caught:
        find_topics(bag(*names))
    text = str(caught.value)
    assert '--visible' in text
    assert '--thermal' in text
    assert '/cam1/image_raw' in text or '_front/image' in text
    assert '\n' not in text


def test_named_topics_are_taken_and_settle_what_is_unclear():
    topics = bag('/cam0/image_raw', '/cam1/image_raw', '/cam1/camera_info')
    both = find_topics(topics, '/cam1/image_raw', '/cam0/image_raw')
    assert both == CameraTopics('/cam1/image_raw', '/cam0/image_raw', '/cam1/camera_info', None)
    assert find_topics(topics, thermal='/cam0/image_raw').visible == '/cam1/image_raw'
    assert find_topics(topics, visible='/cam0/image_raw').thermal is None


def test_a_compressed_topic_can_be_named_beside_its_raw_sibling():
    topics = bag('/rgb/image_raw', '/rgb/image_raw/compressed', '/ir/image_raw')
    found = find_topics(topics, '/rgb/image_raw/compressed')
    assert (found.visible, found.thermal) == ('/rgb/image_raw/compressed', '/ir/image_raw')


@pytest.mark.parametrize(
    ('name', 'problem'),
    [
        ('/gone', 'no such topic'),
        ('/points', 'PointCloud2, not an image'),
        ('/silent', 'has no messages'),
    ],
)
def test_a_named_topic_that_does_not_serve_is_refused(name, problem):
    topics = [*bag('/rgb/image_raw', '/points'), TopicInfo('/silent', IMAGE, 0)]
    with pytest.raises(InputError) as caught:
        find_topics(topics, thermal=name)
    assert f'--thermal {name}' in str(caught.value)
    assert problem in str(caught.value)
    assert '/rgb/image_raw' in str(caught.value)


def test_one_topic_cannot_be_both_cameras():
    with pytest.raises(InputError, match='expected two topics, got /a/image twice'):
        find_topics(bag('/a/image'), '/a/image', '/a/image')


@pytest.mark.parametrize(
    'names', [(), ('/points',), ('/depth/image_raw',), ('/truth/visible/image',)]
)
def test_a_bag_without_camera_images_is_refused(names):
    with pytest.raises(InputError, match='expected images'):
        find_topics(bag(*names))
