"""The live node: a thin ROS 2 shell around the pipeline."""
