using System.Net;
using System.Text.Json.Nodes;

namespace Homelab.Engine.Inventory;

/// <summary>Which unit of a machine is connected to what: another unit, on whichever machine, or a container by the port it publishes.</summary>
internal sealed class OpenConnections
{
    private readonly Dictionary<string, Machine> _machines = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(string Machine, string Address, int Port, string Container)> _published = [];

    /// <summary>What linux.list_connections said of a machine.</summary>
    public void Add(string name, JsonObject answer) => _machines[name] = new(
        [.. answer["addresses"]!.AsArray().Select(address => (string)address!)], [.. answer["listeners"]!.AsArray().Select(Read)], [.. answer["outgoing"]!.AsArray().Select(Read)]);

    /// <summary>A port of a machine that leads to a container.</summary>
    public void Publish(string machine, string address, int port, string container) => _published.Add((machine, address, port, container));

    public void Link(InventoryScan scan)
    {
        foreach (var (name, machine) in _machines)
        {
            foreach (var peer in machine.Outgoing.Where(peer => peer.Unit is not (null or "ssh.service" or "sshd.service") && peer.Unit != OwnUnit))
            {
                var from = $"systemd:{name}/service/{peer.Unit}";
                if (MachineAt(name, peer.Address) is { } other && Find(other, peer) is { } to && to != from && scan.Items.ContainsKey(from) && scan.Items.ContainsKey(to))
                    scan.Edges.Add(new(from, to, InventoryEdge.Connection, SourceOf(name)));
            }
        }
    }

    public static string SourceOf(string machine) => $"connections:{machine}";

    /// <summary>What the product asks and what is done in a session is no need of a service.</summary>
    private static string? OwnUnit { get; } = File.Exists("/proc/self/cgroup") ? File.ReadAllText("/proc/self/cgroup").Split('/', '\n').LastOrDefault(part => part.EndsWith(".service", StringComparison.Ordinal)) : null;

    /// <summary>Null where no machine or more than one has the address, as 172.17.0.1, which each with Docker has for itself.</summary>
    private string? MachineAt(string own, string address)
    {
        if ((IPAddress.TryParse(address, out var parsed) && IPAddress.IsLoopback(parsed)) || _machines[own].Addresses.Contains(address))
            return own;
        string[] having = [.. _machines.Where(pair => pair.Value.Addresses.Contains(address)).Select(pair => pair.Key)];
        return having is [var one] ? one : null;
    }

    private string? Find(string machine, Socket peer)
    {
        var unit = _machines[machine].Listeners.Where(listener => listener.Port == peer.Port && Takes(listener.Address, peer.Address)).OrderBy(listener => listener.Address != peer.Address).FirstOrDefault()?.Unit;

        // What an engine listens at for its containers.
        return unit is null or "docker.service" && _published.FirstOrDefault(port => port.Machine.Equals(machine, StringComparison.OrdinalIgnoreCase) && port.Port == peer.Port && Takes(port.Address, peer.Address)).Container is { } container
            ? container
            : unit is null ? null : $"systemd:{machine}/service/{unit}";
    }

    private static bool Takes(string listening, string address) => listening == address || listening is "*" or "" || listening == (address.Contains(':', StringComparison.Ordinal) ? "::" : "0.0.0.0");

    private static Socket Read(JsonNode? socket) => new((string)socket!["address"]!, (int)socket["port"]!, (string?)socket["unit"]);

    private sealed record Machine(HashSet<string> Addresses, IReadOnlyList<Socket> Listeners, IReadOnlyList<Socket> Outgoing);

    private sealed record Socket(string Address, int Port, string? Unit);
}
