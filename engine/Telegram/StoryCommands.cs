using System.Globalization;
using Homelab.Engine.Controls;
using Homelab.Engine.Forecasts;
using Homelab.Engine.Gate;
using Homelab.Engine.Incidents;

namespace Homelab.Engine.Telegram;

/// <summary>What happened in a time, and what is known of one thing.</summary>
internal sealed class StoryCommands(IncidentStore incidents, ChangeLog changes, ForecastStore forecasts, ToolReader reader, LiveSettings settings, TimeProvider time)
{
    private const int Shown = 15;

    private static readonly string[] Shows = ["state", "status", "image", "cpuPercent"];

    /// <summary>A night is what most people sleep of it.</summary>
    private static readonly TimeSpan Evening = TimeSpan.FromHours(22);

    public async Task<TelegramReply> HappenedAsync(TelegramRequest request, CancellationToken cancellationToken)
    {
        if (Since(request.Arguments.Trim().ToLowerInvariant()) is not { } since)
            return TelegramReply.Of($"{Html.Code(request.Arguments)} is no time I know. Say today, tonight, yesterday, week or month.");
        var began = await incidents.ListAsync(new IncidentFilter(Since: since), 0, Shown, cancellationToken);
        var done = await changes.PageAsync(new ChangeFilter(Since: since), 0, Shown, cancellationToken);
        return TelegramReply.Of([
            Html.Bold($"Since {At(since)}"),
            began.Total == 0 ? "No incident began." : $"{began.Total} {(began.Total == 1 ? "incident" : "incidents")} began:",
            .. began.Items.Select(incident => $"{TelegramChannel.Head(incident)}{(incident.Resolution is { } how ? $" ({Html.Text(how)})" : "")}"),
            done.Total == 0 ? "Nothing was changed." : $"{done.Total} {(done.Total == 1 ? "thing was" : "things were")} done:",
            .. done.Rows.Select(row => $"• {At(DateTimeOffset.FromUnixTimeMilliseconds(row.UsedAt ?? row.IssuedAt))} {Html.Text($"{row.ActivityId} on {row.TargetName}: {ApprovalCard.Words(row.Result)}")}"),
        ]);
    }

    public async Task<TelegramReply> CheckAsync(TelegramRequest request, CancellationToken cancellationToken)
    {
        var name = request.Arguments.Trim();
        if (name.Length == 0)
            return TelegramReply.Of($"Say what: {Html.Code("/check NAME")}");
        List<string> lines = [Html.Bold(name)];
        foreach (var (tool, activity, field) in new[] { ("Docker", "docker.list_containers", "containers"), ("Proxmox", "proxmox.list_guests", "guests"), ("Proxmox", "proxmox.list_nodes", "nodes") })
        {
            foreach (var connection in reader.Connections(tool))
            {
                var (output, _) = await reader.ReadAsync(activity, connection, cancellationToken);
                lines.AddRange(ToolReader.Items(output, field).Where(item => ToolReader.Text(item, "name").Equals(name, StringComparison.OrdinalIgnoreCase))
                    .Select(item => $"{Html.Text(tool)}: {Html.Text(string.Join(", ", Shows.Select(key => (key, value: ToolReader.Text(item, key))).Where(pair => pair.value.Length > 0).Select(pair => pair.key == "cpuPercent" ? $"cpu {pair.value} %" : pair.value)))}"));
            }
        }

        var known = await incidents.ListAsync(new IncidentFilter(Search: name, WithSymptoms: true, Since: time.GetUtcNow() - TimeSpan.FromDays(7)), 0, 5, cancellationToken);
        lines.AddRange(known.Items.Select(TelegramChannel.Head));
        lines.AddRange((await forecasts.ListAsync(name, running: true, 0, 5, cancellationToken)).Rows.Select(row => $"📈 {Html.Text(row.Title)}: {At(DateTimeOffset.FromUnixTimeMilliseconds(row.ReachesAt ?? 0))}"));
        lines.AddRange((await changes.PageAsync(new ChangeFilter(Target: name), 0, 3, cancellationToken)).Rows
            .Select(row => $"• {At(DateTimeOffset.FromUnixTimeMilliseconds(row.UsedAt ?? row.IssuedAt))} {Html.Text($"{row.ActivityId}: {ApprovalCard.Words(row.Result)}")}"));
        return lines.Count == 1 ? TelegramReply.Of($"I know nothing called {Html.Code(name)}: no container, guest or node, and no incident, forecast or change of the last days.") : TelegramReply.Of(lines);
    }

    private DateTimeOffset? Since(string words)
    {
        var now = time.GetUtcNow();
        var preferences = settings.Preferences ?? new Preferences();
        var today = preferences.StartOfDay(now);
        return words switch
        {
            "" => now - TimeSpan.FromDays(1),
            "today" => today,
            "yesterday" => preferences.StartOfDay(today - TimeSpan.FromHours(1)),
            "tonight" or "night" or "last night" or "this night" or "while i slept" => preferences.StartOfDay(today - TimeSpan.FromHours(1)) + Evening,
            "week" or "this week" or "last week" => now - TimeSpan.FromDays(7),
            "month" or "this month" => now.AddMonths(-1),
            _ => null,
        };
    }

    private string At(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, settings.Preferences?.Zone ?? TimeZoneInfo.Utc).ToString("MM-dd HH:mm", CultureInfo.InvariantCulture);
}
