using System.ComponentModel;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Homelab.Activities;
using Homelab.Engine.Controls;
using Homelab.Engine.Findings;
using Homelab.Engine.Remediation;
using Homelab.Engine.Runs;

namespace Homelab.Engine.Forecasts;

[Activity(
    "forecasts.plan_scaling", "Plan scaling",
    "Makes plans from forecasts that are good enough to act on: how much larger, and at which quiet hour of the maintenance window. The host's headroom is checked. Nothing outside is changed.",
    TimeoutSeconds = 240)]
internal sealed class PlanScaling(ForecastStore forecasts, ScalingStore store, ScaleTools tools, LiveSettings live, IConfiguration configuration) : IActivity<PlanScaling.Input, PlanScaling.Output>
{
    private static readonly TimeSpan Rest = TimeSpan.FromHours(24);

    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var settings = configuration.GetSection("Forecasts").Get<ForecastSettings>() ?? new();
        var now = context.Time.GetUtcNow();
        List<string> planned = [], impossible = [];
        foreach (var row in await forecasts.AllAsync(cancellationToken))
        {
            if (row is not { Acts: 1, ReachesAt: { } reaches, Scale: { } scale } || reaches > now.AddDays(settings.PlanWithinDays).ToUnixTimeMilliseconds())
                continue;
            var target = JsonSerializer.Deserialize<ScaleTarget>(scale)!;
            if (await store.IsBusyAsync(ScaleTools.IdOf(target), target.Resource, Rest, cancellationToken))
                continue;
            try
            {
                var scaling = await PlanAsync(row, target, settings, context, cancellationToken);
                (scaling.State == "planned" ? planned : impossible).Add($"{row.Title}: {scaling.Reason}");
                await store.AddAsync(scaling, cancellationToken);
            }
            catch (ActivityException exception)
            {
                impossible.Add($"{row.Title}: {exception.Message}");
            }
        }

        return new() { Planned = planned, Impossible = impossible };
    }

    private async Task<ScalingRow> PlanAsync(ForecastRow row, ScaleTarget target, ForecastSettings settings, ActivityContext context, CancellationToken cancellationToken)
    {
        var now = context.Time.GetUtcNow();
        var state = await tools.StateAsync(target, context, cancellationToken);
        var curve = JsonSerializer.Deserialize<ForecastCurve>(row.Curve)!;

        // Enough for as long as is planned ahead and as long again.
        var peak = curve.Ahead.Where(point => point.Hours <= 48 * settings.PlanWithinDays).Max(point => (point.Value + point.High) / 2);
        var wanted = Sizing.Raise(target.Resource, state.Size, 100 * peak / (row.LimitValue ?? 100), settings.TargetPercent);
        var most = state.Size + (state.Machine * (1 - (settings.HeadroomPercent / 100))) - state.Given;
        var deadline = DateTimeOffset.FromUnixTimeMilliseconds(row.ReachesAt!.Value);
        var preferences = live.Preferences ?? new Preferences();
        var id = ScaleTools.IdOf(target);
        var when = Sizing.Quietest(curve.History, DateTimeOffset.FromUnixTimeMilliseconds(row.MadeAt), now, deadline, preferences.WindowsOf(id, target.Target), preferences.Zone);
        var fits = wanted <= most;
        return new()
        {
            Id = Guid.CreateVersion7(now).ToString("N"),
            ForecastId = row.Id,
            Target = id,
            Kind = "raise",
            Resource = target.Resource,
            FromValue = state.Size,
            ToValue = wanted,
            Reason = fits
                ? string.Create(CultureInfo.InvariantCulture, $"{row.Title} reaches {row.LimitValue:0.##} {row.Unit} on {deadline:yyyy-MM-dd HH:mm} UTC; {ScaleTools.Text(target.Resource, state.Size)} becomes {ScaleTools.Text(target.Resource, wanted)} at {when:yyyy-MM-dd HH:mm} UTC, its quietest allowed hour.")
                : string.Create(CultureInfo.InvariantCulture, $"{ScaleTools.Text(target.Resource, wanted)} would be needed and the host has room for {ScaleTools.Text(target.Resource, Math.Max(0, most))} with {settings.HeadroomPercent:0} % kept free; move something or make the host larger."),
            State = fits ? "planned" : "impossible",
            NotBefore = when.ToUnixTimeMilliseconds(),
            Deadline = row.ReachesAt,
            CreatedAt = now.ToUnixTimeMilliseconds(),
            UpdatedAt = now.ToUnixTimeMilliseconds(),
        };
    }

    internal sealed record Input;

    internal sealed record Output
    {
        [Description("What will be done, and when.")]
        public required IReadOnlyList<string> Planned { get; init; }

        [Description("What should be done and cannot, and why.")]
        public required IReadOnlyList<string> Impossible { get; init; }
    }
}

[Activity(
    "forecasts.carry_out_scaling", "Carry out scaling",
    "Sends the scaling plans whose hour came to the gate, each as a run of its own that is decided, verified and taken back when it does not help, and notes how earlier ones ended.")]
internal sealed class CarryOutScaling(ScalingStore store, ForecastMetrics metrics, Lazy<PlanDesk> desk, Lazy<Dispatch.Runs> runs) : IActivity<CarryOutScaling.Input, CarryOutScaling.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var now = context.Time.GetUtcNow().ToUnixTimeMilliseconds();
        List<string> ended = [], started = [];
        foreach (var row in await store.InStateAsync("sent", cancellationToken))
        {
            if (await runs.Value.FindAsync(new RunId(row.RunId!), cancellationToken) is { Status: not RunStatus.Finished })
                continue;
            var results = await store.ResultsAsync(row.RunId!, cancellationToken);
            var state = results.Count == 0 ? "denied" : results.All(result => result == "succeeded") ? "done" : "undone";
            await store.SetAsync(row, state, cancellationToken);
            ended.Add($"{row.Target}: {state}");
        }

        foreach (var row in (await store.InStateAsync("planned", cancellationToken)).Where(row => row.NotBefore <= now && !context.DryRun))
        {
            var parts = row.Target.Split([':', '/'], 3);
            switch (await desk.Value.SubmitAsync(ScaleTools.Plan(new ScaleTarget(parts[0], row.Resource, parts[2], parts[1]), row), "forecasts", isPerson: false, dryRun: false, row.Id, cancellationToken))
            {
                case PlanResult.Started plan:
                    (row.PlanId, row.RunId) = (plan.PlanId, plan.Run.Value);
                    await store.SetAsync(row, "sent", cancellationToken);
                    started.Add(plan.Run.Value);
                    break;
                case PlanResult.Invalid invalid:
                    row.Reason = string.Join(" ", invalid.Faults.Select(fault => fault.Rule));
                    await store.SetAsync(row, "impossible", cancellationToken);
                    break;
            }
        }

        var (savings, prevented) = await store.TotalsAsync(cancellationToken);
        metrics.ShowScalings(savings, prevented);
        return new() { Started = started, Ended = ended };
    }

    internal sealed record Input;

    internal sealed record Output
    {
        [Description("Runs that were started.")]
        public required IReadOnlyList<string> Started { get; init; }

        [Description("How earlier ones ended.")]
        public required IReadOnlyList<string> Ended { get; init; }
    }
}

[Activity(
    "forecasts.review_sizes", "Review sizes",
    "Compares what containers and guests used in the last weeks with what they have: plans smaller limits where much is never used, names what is idle, and writes the report with what it costs.",
    TimeoutSeconds = 240)]
internal sealed class ReviewSizes(ForecastStore forecasts, ScalingStore store, ScaleTools tools, FindingStore findings, LiveSettings live, IConfiguration configuration) : IActivity<ReviewSizes.Input, ReviewSizes.Output>
{
    private const double MuchTooLarge = 35;
    private const double Idle = 2;
    private const int LeastDays = 7;

    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var settings = configuration.GetSection("Forecasts").Get<ForecastSettings>() ?? new();
        var now = context.Time.GetUtcNow();
        var (cost, savings, planned) = (0.0, 0.0, 0);
        List<string> lines = [];
        foreach (var row in (await forecasts.AllAsync(cancellationToken)).Where(row => row.Scale is not null))
        {
            var target = JsonSerializer.Deserialize<ScaleTarget>(row.Scale!)!;
            var curve = JsonSerializer.Deserialize<ForecastCurve>(row.Curve)!;
            double[] used = [.. curve.History.OfType<double>()];
            if (target.Resource == "disk" || used.Length < 24 * LeastDays)
                continue;
            ScaleState state;
            try
            {
                state = await tools.StateAsync(target, context, cancellationToken);
            }
            catch (ActivityException)
            {
                continue;
            }

            var price = target.Resource == "processors" ? settings.ProcessorPrice : settings.MemoryGibPrice / (1 << 30);
            cost += state.Size * price;
            var scale = 100 / (row.LimitValue ?? 100);
            var peak = Math.Max(Robust.Quantile(used, 0.999), curve.Ahead.Max(point => point.High)) * scale;
            var lower = peak < MuchTooLarge && row.ReachesAt is null ? Sizing.Lower(target.Resource, state.Size, peak, settings.TargetPercent) : null;
            var saved = lower is { } smaller ? (state.Size - smaller) * price : 0;
            savings += saved;
            var verdict = lower is { } size ? $"lower to {ScaleTools.Text(target.Resource, size)}" : Robust.Median(used) * scale < Idle && target.Resource == "processors" ? "idle" : row.ReachesAt is not null ? "grows" : "fits";
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"| {target.Target} | {target.Resource} | {ScaleTools.Text(target.Resource, state.Size)} | {Robust.Median(used) * scale:0} % | {peak:0} % | {verdict} | {saved:0.00} |"));
            if (lower is not { } to || !input.Plan || await store.IsBusyAsync(ScaleTools.IdOf(target), target.Resource, TimeSpan.FromDays(6), cancellationToken))
                continue;
            var preferences = live.Preferences ?? new Preferences();
            var id = ScaleTools.IdOf(target);
            await store.AddAsync(
                new ScalingRow
                {
                    Id = Guid.CreateVersion7(now).ToString("N"),
                    ForecastId = row.Id,
                    Target = id,
                    Kind = "lower",
                    Resource = target.Resource,
                    FromValue = state.Size,
                    ToValue = to,
                    Reason = string.Create(CultureInfo.InvariantCulture, $"{row.Title}: of {ScaleTools.Text(target.Resource, state.Size)} at most {peak:0} % is used, ahead included."),
                    State = "planned",
                    SavingsPerMonth = saved,
                    NotBefore = Sizing.Quietest(curve.History, DateTimeOffset.FromUnixTimeMilliseconds(row.MadeAt), now, null, preferences.WindowsOf(id, target.Target), preferences.Zone).ToUnixTimeMilliseconds(),
                    CreatedAt = now.ToUnixTimeMilliseconds(),
                    UpdatedAt = now.ToUnixTimeMilliseconds(),
                },
                cancellationToken);
            planned++;
        }

        var report = new StringBuilder()
            .AppendLine(CultureInfo.InvariantCulture, $"# Sizes and cost, week {ISOWeek.GetWeekOfYear(now.DateTime)} of {ISOWeek.GetYear(now.DateTime)}").AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"Limits cost {cost:0.00} {settings.Currency} a month; {savings:0.00} could be saved.").AppendLine()
            .AppendLine("| what | resource | has | usual | peak | verdict | saves |").AppendLine("|---|---|---|---|---|---|---|");
        foreach (var line in lines)
            report.AppendLine(line);
        if (lines.Count > 0)
            await findings.ReportAsync(new NewFinding("sizes", "forecasts", "capacity", "info", 6, "Weekly sizes and cost", report.ToString(), "sizes", "forecasts"), cancellationToken);
        return new() { Report = report.ToString(), CostPerMonth = cost, SavingsPerMonth = savings, Planned = planned };
    }

    internal sealed record Input
    {
        [Description("Plan smaller limits as well; each still passes the gate.")]
        public bool Plan { get; init; } = true;
    }

    internal sealed record Output
    {
        [Description("The report, in Markdown.")]
        public required string Report { get; init; }

        [Description("What the limits cost a month.")]
        public required double CostPerMonth { get; init; }

        [Description("What could be saved of it.")]
        public required double SavingsPerMonth { get; init; }

        [Description("Plans that were made.")]
        public required int Planned { get; init; }
    }
}
