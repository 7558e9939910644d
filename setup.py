"""Package description for colcon (ament_python) and for pip alike."""

from pathlib import Path

from setuptools import find_packages, setup

PACKAGE = 'nitedr_ros'
SHARE = f'share/{PACKAGE}'
ROOT = Path(__file__).resolve().parent


def shared(folder):
    """Return data_files entries that install every file below `folder` into the share folder."""
    files = {}
    for path in sorted((ROOT / folder).rglob('*')):
        if path.is_file() and path.suffix != '.pyc':
            relative = path.relative_to(ROOT)
            files.setdefault(f'{SHARE}/{relative.parent.as_posix()}', []).append(
                relative.as_posix()
            )
    return list(files.items())


setup(
    name=PACKAGE,
    version='0.1.0',
    description='Night de-raining and visible/thermal fusion for vehicles',
    long_description=(ROOT / 'README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    maintainer='nitedr maintainers',
    maintainer_email='maintainers@nitedr.invalid',
    packages=find_packages(include=[PACKAGE, f'{PACKAGE}.*']),
    package_data={PACKAGE: ['py.typed', 'evaluate/*.j2', 'replay/*.j2', 'align/web/*']},
    python_requires='>=3.10',
    install_requires=[
        'Jinja2>=3.0',
        'mcap>=1.2.2',
        'numpy>=1.24',
        'onnxruntime>=1.17',
        'opencv-python-headless>=4.8',
        'pydantic>=2.6',
        'PyYAML>=6.0',
        'rich>=13.0',
        'rosbags>=0.11.8',
        'typer>=0.20',
        'zstandard>=0.18',
    ],
    extras_require={
        'openvino': ['openvino>=2024.4'],
        # tensorrt itself comes with JetPack, or from pip in the version that fits the driver.
        'tensorrt': ['cuda-python>=12', 'nvidia-ml-py>=12'],
        'train': [
            'onnx>=1.16',
            'onnxscript>=0.1',
            'safetensors>=0.4',
            'tensorboard>=2.14',
            'torch>=2.6',
        ],
        'test': ['hypothesis>=6.100', 'onnx>=1.16', 'pytest>=8'],
    },
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{PACKAGE}']),
        (SHARE, ['package.xml']),
        *shared('models'),
        *shared('config'),
        *shared('launch'),
        # What `ros2 run` finds, beside the two commands below, and nobody's PATH.
        (f'lib/{PACKAGE}', ['scripts/ros/replay']),
    ],
    entry_points={
        'console_scripts': [
            'nitedr = nitedr_ros.cli.main:run',
            'nitedr_node = nitedr_ros.node.main:main',
        ]
    },
    zip_safe=False,
)
