"""Bags: reading ROS 1 and ROS 2 ones, writing ROS 2 ones, finding the cameras in them."""
