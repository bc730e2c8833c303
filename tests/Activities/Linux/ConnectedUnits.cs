using System.Globalization;
using Homelab.Tests.Activities.Systemd;

namespace Homelab.Tests.Activities.Linux;

/// <summary>Two units of the guest, one connected to the other over IPv4 and IPv6.</summary>
internal static class ConnectedUnits
{
    public const string Listening = "lablistens.service";
    public const string Connecting = "labconnects.service";

    /// <returns>The port that is listened at.</returns>
    public static async Task<int> StartAsync(GuestFixture guest)
    {
        var port = RealServer.FreePort();
        var units = Path.Combine(guest.Server.Data, "rootfs", "etc", "systemd", "system");
        await File.WriteAllTextAsync(
            Path.Combine(guest.Server.Data, "rootfs", "srv", "listens.py"),
            string.Create(CultureInfo.InvariantCulture, $"import socket\ns = socket.socket(socket.AF_INET6)\ns.bind(('::', {port}))\ns.listen()\nopen('/run/listens', 'w')\nkept = []\nwhile True:\n    kept.append(s.accept())\n"));
        await File.WriteAllTextAsync(Path.Combine(units, Listening), "[Service]\nExecStart=/usr/bin/python3 /srv/listens.py\n");
        await ConnectAsync(guest, Connecting, $"127.0.0.1/{port}", $"::1/{port}", before: $"rm -f /run/listens; systemctl restart {Listening}; while ! [ -e /run/listens ]; do sleep 0.1; done");
        return port;
    }

    /// <summary>A unit that is connected when this returns, until it gets SIGUSR1.</summary>
    public static async Task ConnectAsync(GuestFixture guest, string unit, string first, string second, string before = "true")
    {
        await File.WriteAllTextAsync(
            Path.Combine(guest.Server.Data, "rootfs", "etc", "systemd", "system", unit),
            $"[Service]\nType=notify\nNotifyAccess=all\nExecStart=/bin/bash -c 'exec 3<>/dev/tcp/{first} 4<>/dev/tcp/{second} && trap \"exec 3>&- 4>&-\" USR1 && systemd-notify --ready && while :; do sleep 0.1; done'\n");
        await guest.InsideAsync($"systemctl daemon-reload; {before}; systemctl restart {unit}");
    }

    public static Task<string> StopAsync(GuestFixture guest, params string[] units) =>
        guest.InsideAsync($"systemctl stop {string.Join(' ', units)}; cd /etc/systemd/system && rm {string.Join(' ', units)}; systemctl daemon-reload; systemctl reset-failed");
}
