using System.ComponentModel;
using Homelab.Activities;
using Homelab.Engine.Playbooks;
using Homelab.Engine.Remediation;
using Homelab.Engine.Runs;

namespace Homelab.Engine.Forecasts;

[Activity(
    "forecasts.carry_out_scaling", "Carry out scaling",
    "Sends the scaling plans whose hour came to the gate, each as a run of its own that is decided, verified and taken back when it does not help, and notes how earlier ones ended.")]
internal sealed class CarryOutScaling(ScalingStore store, ForecastStore forecasts, RemedyStore remedies, ForecastMetrics metrics, Lazy<PlanDesk> desk, Lazy<Dispatch.Runs> runs, IConfiguration configuration) : IActivity<CarryOutScaling.Input, CarryOutScaling.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var settings = configuration.GetSection("Forecasts").Get<ForecastSettings>() ?? new();
        var now = context.Time.GetUtcNow().ToUnixTimeMilliseconds();
        List<string> ended = [], started = [];
        foreach (var row in await store.InStateAsync("sent", cancellationToken))
        {
            if (await runs.Value.FindAsync(new RunId(row.RunId!), cancellationToken) is { Status: not RunStatus.Finished })
                continue;
            var outcome = await remedies.OutcomeAsync(row.RunId!, cancellationToken);
            if (outcome?.Why is { Length: > 0 } why)
                row.Reason = $"{row.Reason} {PlanOutcome.Words(outcome.Outcome)} ({why})";
            await store.SetAsync(row, StateOf(outcome?.Outcome), cancellationToken);
            ended.Add($"{row.Target}: {row.State}");
        }

        foreach (var row in (await store.InStateAsync("planned", cancellationToken)).Where(row => row.NotBefore <= now && !context.DryRun))
        {
            var used = await forecasts.FindAsync(row.ForecastId ?? "", cancellationToken) is { } forecast ? 100 * forecast.Value / (forecast.LimitValue ?? 100) : 100;
            var plan = ScalePlans.Plan(ScaleTools.Read(row.Target, row.Resource), row, ScalePlans.Below(row, used, settings.TargetPercent), settings.HelpsWithinSeconds);
            switch (await desk.Value.SubmitAsync(plan, "forecasts", isPerson: false, dryRun: false, row.Id, cancellationToken))
            {
                case PlanResult.Started sent:
                    (row.PlanId, row.RunId) = (sent.PlanId, sent.Run.Value);
                    await store.SetAsync(row, "sent", cancellationToken);
                    started.Add(sent.Run.Value);
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

    private static string StateOf(string? outcome) => outcome switch
    {
        "verified" => "done",
        "rolledBack" => "undone",

        // It did not help, and it stands: a disk, or a way back that did not work.
        "notHelped" or "rollbackFailed" => "failed",
        _ => "denied",
    };

    internal sealed record Input;

    internal sealed record Output
    {
        [Description("Runs that were started.")]
        public required IReadOnlyList<string> Started { get; init; }

        [Description("How earlier ones ended.")]
        public required IReadOnlyList<string> Ended { get; init; }
    }
}
