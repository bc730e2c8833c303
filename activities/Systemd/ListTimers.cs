using System.ComponentModel;

namespace Homelab.Activities.Systemd;

[Activity("systemd.list_timers", "List timers", "Lists timers with when they ran last and run next.")]
internal sealed class ListTimers(Units units) : IActivity<ListTimers.Input, ListTimers.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await units.OpenAsync(input.Connection, context, cancellationToken);
        var listed = await host.ReadAsync(new("systemctl", "list-units", "--all", "--plain", "--no-legend", "--full", "--type=timer"), cancellationToken);
        var names = listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 2)[0]).ToList();
        if (names.Count == 0)
            return new() { Timers = [] };
        // The table of list-timers cuts its columns by language and width; the properties do not change.
        var answer = await host.ReadAsync(
            new(["systemctl", "show", "--timestamp=unix", "--property=Id,Unit,ActiveState,LastTriggerUSec,NextElapseUSecRealtime,Result", "--", .. names]), cancellationToken);
        return new() { Timers = [.. answer.Output.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(Read)] };
    }

    private static Timer Read(string block)
    {
        var shown = block.Split('\n').Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
        return new(
            shown.GetValueOrDefault("Id", ""), shown.GetValueOrDefault("Unit", ""), shown.GetValueOrDefault("ActiveState", ""),
            Time(shown.GetValueOrDefault("LastTriggerUSec")), Time(shown.GetValueOrDefault("NextElapseUSecRealtime")), shown.GetValueOrDefault("Result", ""));
    }

    private static DateTimeOffset? Time(string? text) =>
        long.TryParse(text?.TrimStart('@'), System.Globalization.CultureInfo.InvariantCulture, out var seconds) && seconds > 0
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("The timers of the machine.")]
        public required IReadOnlyList<Timer> Timers { get; init; }
    }

    internal sealed record Timer(string Name, string Starts, string Active, DateTimeOffset? Last, DateTimeOffset? Next, string Result);
}
