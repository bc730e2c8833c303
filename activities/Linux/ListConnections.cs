using System.ComponentModel;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Linux;

[Activity(
    "linux.list_connections", "Network connections",
    "Lists the addresses of a machine, what listens for TCP on it, and who is connected to what, by the systemd units. Needs ss and ip of iproute2, on older kernels as root.")]
internal sealed class ListConnections(Hosts hosts) : IActivity<ListConnections.Input, ListConnections.Output>
{
    private const string Cgroup = "cgroup:/";

    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        var sockets = (await host.ReadAsync(new("ss", "-Htn", "--cgroup", "state", "listening", "state", "established"), cancellationToken)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToArray();

        // By SSH there is one of its own at least.
        if (sockets.Length > 0 && !sockets.Any(words => words[^1].StartsWith(Cgroup, StringComparison.Ordinal)))
            throw new ActivityException($"ss on {host.Name} names the cgroup of none of {sockets.Length} sockets: it may need root; set Activities:Ssh:{host.Name}:Sudo.", retryable: false);
        var addresses = (await host.ReadAsync(new("ip", "-j", "addr"), cancellationToken)).Output;
        Socket[] listeners = [.. sockets.Where(words => words[0] == "LISTEN").Select(words => Read(words[3], words)).Distinct()];
        var ports = listeners.Select(listener => listener.Port).ToHashSet();
        return new()
        {
            Addresses = Addresses(addresses),
            Listeners = listeners,

            // One that came in has the port of what listens.
            Outgoing = [.. sockets.Where(words => words[0] == "ESTAB" && !ports.Contains(Read(words[3], words).Port)).Select(words => Read(words[4], words)).Distinct()],
        };
    }

    /// <summary>127.0.0.1:22, 127.0.0.53%lo:53, [::1]:22, [fe80::1]%eth0:22 or *:22; IPv4 seen through IPv6 is IPv4.</summary>
    private static Socket Read(string text, string[] words)
    {
        var colon = text.LastIndexOf(':');
        var address = text[..colon].Split('%')[0].Trim('[', ']');
        var unit = words[^1].StartsWith(Cgroup, StringComparison.Ordinal) ? words[^1].Split('/').LastOrDefault(part => part.EndsWith(".service", StringComparison.Ordinal)) : null;
        return new(
            IPAddress.TryParse(address, out var parsed) && parsed.IsIPv4MappedToIPv6 ? $"{parsed.MapToIPv4()}" : address, int.Parse(text.AsSpan(colon + 1), CultureInfo.InvariantCulture), unit);
    }

    /// <summary>Without those that every machine has.</summary>
    private static string[] Addresses(string json)
    {
        using var interfaces = JsonDocument.Parse(json);
        return
        [
            .. interfaces.RootElement.EnumerateArray().Where(one => one.TryGetProperty("addr_info", out _)).SelectMany(one => one.GetProperty("addr_info").EnumerateArray())
                .Where(one => one.TryGetProperty("local", out _) && one.GetProperty("scope").GetString() != "host").Select(one => one.GetProperty("local").GetString()!).Distinct(StringComparer.Ordinal),
        ];
    }

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("The machine's own addresses, without 127.0.0.1 and ::1.")]
        public required IReadOnlyList<string> Addresses { get; init; }

        [Description("What waits for connections; the address is * or 0.0.0.0 or :: where it takes them at each. The unit is empty where it is of none.")]
        public required IReadOnlyList<Socket> Listeners { get; init; }

        [Description("Who is connected to which address and port, once each; those that came in are left out.")]
        public required IReadOnlyList<Socket> Outgoing { get; init; }
    }

    internal sealed record Socket(string Address, int Port, string? Unit);
}
