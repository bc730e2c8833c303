using System.ComponentModel;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Homelab.Activities;
using Homelab.Engine.Controls;
using Homelab.Engine.Findings;

namespace Homelab.Engine.Forecasts;

[Activity(
    "forecasts.review_sizes", "Review sizes",
    "Compares what containers and guests used in the last weeks with what they have: plans smaller limits, or one replica less, where much is never used, names what is idle, and writes the report with what it costs.",
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
        var rows = (await forecasts.AllAsync(cancellationToken)).Where(row => row.Scale is not null).Select(row => (Row: row, Target: JsonSerializer.Deserialize<ScaleTarget>(row.Scale!)!)).ToArray();
        Dictionary<string, bool> services = new(StringComparer.Ordinal);
        foreach (var (row, target) in rows)
        {
            var curve = JsonSerializer.Deserialize<ForecastCurve>(row.Curve)!;
            double[] used = [.. curve.History.OfType<double>()];
            if (target.Resource == "disk" || used.Length < 24 * LeastDays)
                continue;
            ScaleState state;
            var taken = false;
            try
            {
                state = await tools.StateAsync(target, context, cancellationToken);

                // One container less, or less for each of them: both would be too much.
                taken = await tools.SharedAsync(target, context, cancellationToken) is { Service: var service } && await IsOneTakenAsync(service, state.Size);
            }
            catch (ActivityException)
            {
                continue;
            }

            var price = target.Resource == "processors" ? settings.ProcessorPrice : settings.MemoryGibPrice / (1 << 30);
            cost += state.Size * price;
            var scale = 100 / (row.LimitValue ?? 100);
            var peak = Math.Max(Robust.Quantile(used, 0.999), curve.Ahead.Max(point => point.High)) * scale;
            var lower = peak < MuchTooLarge && row.ReachesAt is null && !taken ? Smaller(target, state.Size, peak, settings.TargetPercent) : null;
            var saved = lower is { } smaller ? (state.Size - smaller) * price : 0;
            savings += saved;
            var verdict = lower is { } size ? $"lower to {ScalePlans.Text(target.Resource, size)}" : Robust.Median(used) * scale < Idle && target.Resource == "processors" ? "idle" : row.ReachesAt is not null ? "grows" : "fits";
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"| {target.Target} | {target.Resource} | {ScalePlans.Text(target.Resource, state.Size)} | {Robust.Median(used) * scale:0} % | {peak:0} % | {verdict} | {saved:0.00} |"));
            if (lower is { } to)
                await PlanAsync(row, target, state.Size, to, $"{row.Title}: of {ScalePlans.Text(target.Resource, state.Size)} at most {peak:0} % is used, ahead included.", saved, curve.History);
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

        // A service is looked at once, at the first of its containers.
        async Task<bool> IsOneTakenAsync(ScaleTarget service, double processors)
        {
            var id = ScaleTools.IdOf(service);
            if (services.TryGetValue(id, out var known))
                return known;
            var byContainer = rows.Where(one => one.Target is { Tool: "docker", Resource: "processors" } && one.Target.Connection == service.Connection).ToDictionary(one => one.Target.Target, one => one.Row, StringComparer.Ordinal);
            if (await ReplicaReview.OfAsync(tools, service, byContainer, settings.TargetPercent, 24 * LeastDays, context, cancellationToken) is not { } review)
                return services[id] = false;
            var saved = review.IsLower ? processors * settings.ProcessorPrice : 0;
            savings += saved;
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"| {service.Target} | replicas | {ScalePlans.Text("replicas", review.Count)} | {review.Usual:0} % | {review.Peak:0} % | {review.Verdict} | {saved:0.00} |"));
            if (review.IsLower)
                await PlanAsync(review.First, service, review.Count, review.Count - 1, $"{ScalePlans.Name(service)}: of {ScalePlans.Text("replicas", review.Count)} at most {review.Peak:0} % is used, ahead included; one less is enough.", saved, review.History);
            return services[id] = review.IsLower;
        }

        async Task PlanAsync(ForecastRow row, ScaleTarget target, double from, double to, FormattableString reason, double saved, IReadOnlyList<double?> history)
        {
            var id = ScaleTools.IdOf(target);
            if (!input.Plan || await store.IsBusyAsync(id, target.Resource, TimeSpan.FromDays(6), cancellationToken))
                return;
            var preferences = live.Preferences ?? new Preferences();
            await store.AddAsync(
                new ScalingRow
                {
                    Id = Guid.CreateVersion7(now).ToString("N"),
                    ForecastId = row.Id,
                    Target = id,
                    Kind = "lower",
                    Resource = target.Resource,
                    FromValue = from,
                    ToValue = to,
                    Reason = reason.ToString(CultureInfo.InvariantCulture),
                    State = "planned",
                    SavingsPerMonth = saved,
                    NotBefore = Sizing.Quietest(history, DateTimeOffset.FromUnixTimeMilliseconds(row.MadeAt), now, null, preferences.WindowsOf(id, ScalePlans.Name(target)), preferences.Zone).ToUnixTimeMilliseconds(),
                    CreatedAt = now.ToUnixTimeMilliseconds(),
                    UpdatedAt = now.ToUnixTimeMilliseconds(),
                },
                cancellationToken);
            planned++;
        }
    }

    private static double? Smaller(ScaleTarget target, double size, double peak, double targetPercent) =>
        Sizing.Lower(target.Resource, size, peak, targetPercent) is { } to && ScalePlans.Possible(target, to) is var possible && possible < size ? possible : null;

    internal sealed record Input
    {
        [Description("Plan smaller limits and fewer replicas as well; each still passes the gate.")]
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
