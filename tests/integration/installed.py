"""A copy of the command, its worker and its plugins, with the tests' own plugins among them: as root $BILLHOOK_PLUGIN_PATH is not read."""
import os
import shutil

from conftest import BIN


def copy(folder, *plugins):
    """The copied command. `plugins`: ids of test plugins (all shipped ones are there)."""
    build = os.path.dirname(os.path.dirname(os.path.realpath(BIN)))
    for part in ("bin", "lib"):
        os.makedirs(os.path.join(folder, part))
        for name in os.listdir(os.path.join(build, part)):
            if name.startswith(("billhook", "libbillhook.so")):
                shutil.copy(os.path.join(build, part, name), os.path.join(folder, part, name))
    shutil.copytree(os.path.join(build, "plugins"), os.path.join(folder, "plugins"))
    for plugin in plugins:
        for ending in (".so", ".json"):
            shutil.copy(os.path.join(build, "tests", "plugins", plugin + ending), os.path.join(folder, "plugins"))
    return os.path.join(folder, "bin", "billhook")
