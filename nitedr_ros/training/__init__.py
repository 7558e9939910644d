"""Training of the real-time networks (torch); nothing at run time imports this package.

`nitedr train` runs `command.run_training`: images are decoded once (`scenes`, `image_store`),
patches are cut and rained on in batches on the device (`patches`, `augment`, `rain`), the loop
(`trainer`) minimises what `objective` says in two stages (`schedule`), and what `validation` finds
decides which weights are kept (`run_folder`). On several GPUs, `torchrun --nproc-per-node N -m
nitedr_ros train …` starts a process on each (`processes`); the batch of the configuration is each
process's own.
"""
