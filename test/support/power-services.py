"""UPower and NetworkManager as python-dbusmock plays them, on the bus that DBUS_SYSTEM_BUS_ADDRESS names.

Each line of standard input is JSON: {"start": NAME}, {"stop": NAME} or {"set": NAME, "properties": {…}} with NAME upower
or networkmanager, and an "id". Each is answered by a line, "done" and the id; "ready" comes first.
"""

import json
import subprocess
import sys
import time

import dbus

SERVICES = {
    "upower": ("org.freedesktop.UPower", "/org/freedesktop/UPower", "org.freedesktop.UPower"),
    "networkmanager": (
        "org.freedesktop.NetworkManager",
        "/org/freedesktop/NetworkManager",
        "org.freedesktop.NetworkManager",
    ),
}
TYPES = {"OnBattery": dbus.Boolean, "Metered": dbus.UInt32}
running = {}


def answer(text):
    print(text, flush=True)


def start(name, bus):
    service = SERVICES[name][0]
    # a service that is not one of python-dbusmock's templates has only what is set here; what it logs must not get
    # between an answer and the end of its line
    running[name] = subprocess.Popen(
        ["/usr/bin/python3", "-m", "dbusmock", "--system", "--template", name], stdout=sys.stderr
    )
    until(lambda: bus.name_has_owner(service))
    if name == "networkmanager":
        mock(name, bus).AddProperty(SERVICES[name][2], "Metered", dbus.UInt32(0))


def stop(name, bus):
    process = running.pop(name, None)
    if process:
        process.terminate()
        process.wait()
        until(lambda: not bus.name_has_owner(SERVICES[name][0]))


def mock(name, bus):
    service, path, _ = SERVICES[name]
    return dbus.Interface(bus.get_object(service, path, introspect=False), "org.freedesktop.DBus.Mock")


def until(is_so):
    while not is_so():
        time.sleep(0.02)


def main():
    bus = dbus.SystemBus()
    answer("ready")
    try:
        for line in sys.stdin:
            command = json.loads(line)
            if "start" in command:
                start(command["start"], bus)
            elif "stop" in command:
                stop(command["stop"], bus)
            else:
                name = command["set"]
                values = {key: TYPES[key](value) for key, value in command["properties"].items()}
                mock(name, bus).UpdateProperties(
                    SERVICES[name][2], dbus.Dictionary(values, signature="sv")
                )
            answer(f"done {command['id']}")
    finally:
        for name in list(running):
            stop(name, bus)


main()
