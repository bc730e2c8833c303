using System.Globalization;
using Homelab.Engine.Approvals;
using Homelab.Engine.Connections;
using Homelab.Engine.Controls;
using Homelab.Engine.Forecasts;
using Homelab.Engine.Gate;
using Homelab.Engine.Incidents;
using Homelab.Engine.Operations;
using Homelab.Engine.Reports;
using Homelab.Rules.Decisions;

namespace Homelab.Engine.Telegram;

/// <summary>How it goes, from what is stored.</summary>
internal sealed class LookCommands(
    ApprovalDesk desk, ControlStore controls, LiveSettings settings, DecisionLog decisions, ChangeLog changes, IncidentStore incidents, HealthScore health, ForecastStore forecasts, ConnectionHealth connections,
    ToolReader reader, Dispatch.Runs runs, TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();

    public async Task<TelegramReply> StatusAsync(TelegramRequest request, CancellationToken cancellationToken)
    {
        var state = await controls.ReadAsync(cancellationToken);
        var score = await health.ReadAsync(cancellationToken);
        var open = await incidents.OpenAsync(cancellationToken);
        var pending = await desk.ListAsync("pending", 100, cancellationToken);
        var counts = await runs.CountsAsync(cancellationToken);
        var preferences = settings.Preferences ?? new Preferences();
        var today = await changes.PageAsync(new ChangeFilter(Since: preferences.StartOfDay(time.GetUtcNow())), 0, 5, cancellationToken);
        List<string> lines =
        [
            $"{(score.Score >= 80 ? "🟢" : score.Score >= 50 ? "🟡" : "🔴")} {Html.Bold($"Health {score.Score} of 100")}",
            state switch
            {
                { Stop: { } stop } => $"🛑 Stopped by {Html.Text(stop.ChangedBy)}: {Html.Text(stop.Reason)}",
                { Pause: { } pause } => $"⏸ Paused by {Html.Text(pause.ChangedBy)}: {Html.Text(pause.Reason)}",
                { Breaker: { } breaker } => $"⚠️ The breaker is open: {Html.Text(breaker.Reason)}",
                _ => $"▶️ It acts by itself, level {Html.Text((state.Autonomy ?? preferences.Autonomy).ToString().ToLowerInvariant())}",
            },
            $"Incidents: {open.Count(incident => incident.Parent is null)} open",
            $"Waiting for an answer: {pending.Count}",
            $"Runs: {counts.Running} running, {counts.Suspended} waiting",
            $"Done today: {today.Total}",
            .. today.Rows.Select(row => $"• {At(row.UsedAt ?? row.IssuedAt)} {Html.Text($"{row.ActivityId} on {row.TargetName}: {ApprovalCard.Words(row.Result)}")}"),
        ];
        if (settings.Policy is null || settings.Preferences is null)
            lines.Add("🔴 Rules or preferences cannot be read: nothing with an effect is done.");
        return new TelegramReply(new CardContent { Lines = lines, Buttons = pending.Count > 0 ? [[Button("Refresh", "status"), Button("Menu", "menu")]] : [[Button("Menu", "menu")]] });
    }

    public Task<TelegramReply> MenuAsync(TelegramRequest request, CancellationToken cancellationToken) => Task.FromResult(new TelegramReply(new CardContent
    {
        Lines = [Html.Bold("Homelab")],
        Buttons =
        [
            [Button("📊 Status", "status"), Button("❤️ Health", "health")],
            [Button("🚨 Incidents", "incidents"), Button("📈 Forecast", "forecast")],
            [Button("🖥 Nodes", "node"), Button("💻 Guests", "vms")],
            [Button("🐳 Containers", "containers"), Button("🗄 Backups", "backup")],
            [Button("📡 Monitor", "monitor"), Button("📝 Report now", "report_now")],
            .. request.User.Role >= SignIn.Role.Operator ? new IReadOnlyList<CardButton>[] { [Button("⏸ Pause", "pause"), Button("▶️ Resume", "resume")] } : [],
        ],
    }));

    public async Task<TelegramReply> HealthAsync(TelegramRequest request, CancellationToken cancellationToken)
    {
        var score = await health.ReadAsync(cancellationToken);
        return TelegramReply.Of([
            Html.Bold($"Health {score.Score} of 100"),
            .. score.Parts.Select(part => $"{(part.Lost == 0 ? "🟢" : "🔴")} {Html.Text(part.Name)}: {part.Count}{(part.Lost > 0 ? $" (−{part.Lost})" : "")}"),
        ]);
    }

    public Task<TelegramReply> UptimeAsync(TelegramRequest request, CancellationToken cancellationToken) => Task.FromResult(TelegramReply.Of(
        $"Homelab {Html.Code(ProductVersion.Text)} has been running for {ToolCommands.Words(time.GetElapsedTime(_started))}.",
        $"Its machine {Html.Code(Environment.MachineName)} has been up for {ToolCommands.Words(TimeSpan.FromMilliseconds(Environment.TickCount64))}."));

    public async Task<TelegramReply> MonitorAsync(TelegramRequest request, CancellationToken cancellationToken)
    {
        List<string> lines = [Html.Bold("Watched")];
        foreach (var state in connections.List())
            lines.Add($"{(state.TestedAt is null ? "⚪️" : state.Reachable ? "🟢" : "🔴")} {Html.Text($"{state.Tool} {state.Name}")}{(state is { Reachable: false, Problem: { } problem } ? $": {Html.Text(problem)}" : "")}");
        foreach (var connection in reader.Connections("Alertmanager"))
        {
            var (output, problem) = await reader.ReadAsync("alertmanager.list_alerts", connection, cancellationToken);
            var alerts = ToolReader.Items(output, "alerts");
            lines.Add(problem is null ? $"Alerts of {Html.Text(connection)}: {alerts.Count}" : $"🔴 {Html.Text(problem)}");
            lines.AddRange(alerts.Take(10).Select(alert => $"• {Html.Text($"{ToolReader.Text(alert, "name")} ({ToolReader.Text(alert, "state")})")}"));
        }

        return TelegramReply.Of(lines.Count > 1 ? lines : ["No connection is configured."]);
    }

    public async Task<TelegramReply> IncidentsAsync(TelegramRequest request, CancellationToken cancellationToken)
    {
        var open = (await incidents.OpenAsync(cancellationToken)).Where(incident => incident.Parent is null).OrderByDescending(incident => incident.Severity).ToList();
        var recent = await incidents.ListAsync(
            new IncidentFilter(States: [IncidentState.Resolved, IncidentState.Closed], Since: time.GetUtcNow() - TimeSpan.FromDays(1)), 0, 10, cancellationToken);
        return TelegramReply.Of([
            Html.Bold(open.Count == 0 ? "Nothing is wrong." : $"{open.Count} open"),
            .. open.Take(20).Select(incident => $"{TelegramChannel.Head(incident)}, since {At(incident.StartedAt.ToUnixTimeMilliseconds())}"),
            .. recent.Items.Count > 0 ? new[] { "", Html.Bold("In the last day") } : [],
            .. recent.Items.Select(incident => $"{TelegramChannel.Head(incident)} ({Html.Text(incident.Resolution ?? "")})"),
        ]);
    }

    public async Task<TelegramReply> ForecastAsync(TelegramRequest request, CancellationToken cancellationToken)
    {
        var page = await forecasts.ListAsync(request.Arguments, running: true, 0, 15, cancellationToken);
        return TelegramReply.Of(page.Rows.Count == 0
            ? ["Nothing is expected to run out."]
            :
            [
                Html.Bold(page.Total == 1 ? "One thing runs out" : $"{page.Total} things run out"),
                .. page.Rows.Select(row =>
                    $"{(row.Probability > 0.5 ? "🚨" : "📈")} {Html.Bold(row.Title)}: {At(row.ReachesAt ?? 0)}{(row is { EarliestAt: { } early, LatestAt: { } late } ? $" (between {At(early)} and {At(late)})" : "")}{(row.Acts == 1 ? "" : ", not sure enough to act on")}"),
            ]);
    }

    public async Task<TelegramReply> WhyAsync(TelegramRequest request, CancellationToken cancellationToken)
    {
        var wanted = request.Arguments.Trim();
        var page = await decisions.PageAsync(new DecisionFilter(), 0, 200, cancellationToken);
        var row = wanted.Length == 0
            ? page.Rows.Count > 0 ? page.Rows[0] : null
            : page.Rows.FirstOrDefault(decision => decision.Id.EndsWith(wanted, StringComparison.OrdinalIgnoreCase) || decision.TargetName.Equals(wanted, StringComparison.OrdinalIgnoreCase)) ?? await decisions.FindAsync(wanted, cancellationToken);
        if (row is null)
            return TelegramReply.Of(wanted.Length == 0 ? "Nothing was decided yet." : $"There is no decision {Html.Code(wanted)} among the last 200.");
        var record = GateJson.Read<DecisionRecord>(row.Record);
        return TelegramReply.Of([
            $"{Html.Bold($"{row.Action} on {row.TargetName}")} {Html.Code(TelegramRefs.Of(row.Id))}",
            Html.Text(row.Sentence),
            "",
            .. (record.Chosen is { } chosen ? Explanation.Table(chosen) : []).Select(line => $"• {Html.Text(line.Name)}: {Html.Text(line.Value)} {Html.Italic($"{line.ComparedWith} {line.Effect}".Trim())}"),
            .. record.Counterfactuals.Count > 0 ? new[] { "", Html.Bold("It would have been different with") } : [],
            .. record.Counterfactuals.Select(other => $"• {Html.Text($"{other.Change}: {other.Verdict}")}"),
        ]);
    }

    private static CardButton Button(string label, string command) => new(label, TelegramPresses.Command, command);

    private string At(long milliseconds) => TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds), settings.Preferences?.Zone ?? TimeZoneInfo.Utc).ToString("MM-dd HH:mm", CultureInfo.InvariantCulture);
}
