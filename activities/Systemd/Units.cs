using Homelab.Activities.Ssh;

namespace Homelab.Activities.Systemd;

/// <summary>systemctl and journalctl of a machine. Connections are those of SSH.</summary>
internal sealed class Units(Hosts hosts)
{
    /// <summary>A whole unit name: no path, no option, no pattern.</summary>
    public const string NamePattern = "[A-Za-z0-9:_@][A-Za-z0-9:_.@\\\\-]*\\.(service|socket|timer|target|mount|path|slice|scope|swap|automount)";

    private static readonly string[] Shown = ["Id", "LoadState", "ActiveState", "SubState", "UnitFileState", "Description", "MainPID", "MemoryCurrent", "NRestarts", "Result", "ExecMainStatus", "StateChangeTimestamp", "ReloadResult", "CanReload", "InvocationID", "FragmentPath", "NeedDaemonReload", "Type"];

    public Task<Host> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken) => hosts.OpenAsync(connection, context, cancellationToken);

    public static async Task<IReadOnlyDictionary<string, string>> ShowAsync(Host host, string unit, CancellationToken cancellationToken)
    {
        var answer = await host.ReadAsync(new("systemctl", "show", $"--property={string.Join(',', Shown)}", "--", unit), cancellationToken);
        return answer.Output.Split('\n').Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
    }

    public static async Task<UnitState> StateAsync(Host host, string unit, CancellationToken cancellationToken)
    {
        var shown = await ShowAsync(host, unit, cancellationToken);
        return new()
        {
            Unit = shown.GetValueOrDefault("Id", unit),
            Loaded = shown.GetValueOrDefault("LoadState", ""),
            Active = shown.GetValueOrDefault("ActiveState", ""),
            Sub = shown.GetValueOrDefault("SubState", ""),
            Enabled = shown.GetValueOrDefault("UnitFileState", ""),
            Description = shown.GetValueOrDefault("Description", ""),
            MainPid = Number(shown, "MainPID"),
            MemoryBytes = Number(shown, "MemoryCurrent"),
            Restarts = Number(shown, "NRestarts"),
            Result = shown.GetValueOrDefault("Result", ""),
            ExitStatus = Number(shown, "ExecMainStatus"),
            Invocation = shown.GetValueOrDefault("InvocationID", ""),
            Type = shown.GetValueOrDefault("Type", ""),
            File = shown.GetValueOrDefault("FragmentPath", ""),
            NeedsReload = shown.GetValueOrDefault("NeedDaemonReload", "") == "yes",
        };
    }

    /// <summary>The unit as a target; one that is not there is refused.</summary>
    public async Task<ActivityTarget> TargetAsync(UnitInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await OpenAsync(input.Connection, context, cancellationToken);
        var state = await StateAsync(host, input.Unit, cancellationToken);
        return state.Loaded == "not-found"
            ? throw new ActivityException($"Unit '{input.Unit}' is not on {host.Name}.", retryable: false)
            : new("service", $"systemd:{host.Name}/service/{state.Unit}", state.Unit);
    }

    /// <summary>Does the verb and waits for systemd's own answer.</summary>
    public async Task<UnitChange> ChangeAsync(UnitInput input, string verb, ActivityContext context, CancellationToken cancellationToken)
    {
        await TargetAsync(input, context, cancellationToken);
        var host = await OpenAsync(input.Connection, context, cancellationToken);
        var before = await StateAsync(host, input.Unit, cancellationToken);
        await host.ChangeAsync(new("systemctl", verb, "--", input.Unit) { Timeout = TimeSpan.FromSeconds(100) }, cancellationToken);
        var after = await StateAsync(host, input.Unit, cancellationToken);
        return new() { Before = before.Active, After = after.Active, Invocation = after.Invocation };
    }

    private static long? Number(IReadOnlyDictionary<string, string> shown, string name) =>
        // "[not set]" and 2^64-1 both say that there is none.
        long.TryParse(shown.GetValueOrDefault(name), System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;
}
