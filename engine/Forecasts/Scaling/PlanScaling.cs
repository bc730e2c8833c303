using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using Homelab.Activities;
using Homelab.Engine.Controls;

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
            try
            {
                var target = JsonSerializer.Deserialize<ScaleTarget>(scale)!;
                var shared = await tools.SharedAsync(target, context, cancellationToken);
                target = shared?.Service ?? target;
                if (await store.IsBusyAsync(ScaleTools.IdOf(target), target.Resource, Rest, cancellationToken))
                    continue;
                var scaling = await PlanAsync(row, target, shared?.Most, settings, context, cancellationToken);
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

    /// <param name="allowed">How many replicas the service may have.</param>
    private async Task<ScalingRow> PlanAsync(ForecastRow row, ScaleTarget target, int? allowed, ForecastSettings settings, ActivityContext context, CancellationToken cancellationToken)
    {
        var now = context.Time.GetUtcNow();
        var state = await tools.StateAsync(target, context, cancellationToken);
        var curve = JsonSerializer.Deserialize<ForecastCurve>(row.Curve)!;

        // Enough for as long as is planned ahead and as long again.
        var peak = 100 * curve.Ahead.Where(point => point.Hours <= 48 * settings.PlanWithinDays).Max(point => (point.Value + point.High) / 2) / (row.LimitValue ?? 100);
        var wanted = allowed is { } most
            ? Math.Min(most, Sizing.Replicas(state.Size, peak, settings.TargetPercent))
            : ScalePlans.Possible(target, Sizing.Raise(target.Resource, state.Size, peak, settings.TargetPercent));
        var room = state.Most(settings.HeadroomPercent);
        var deadline = DateTimeOffset.FromUnixTimeMilliseconds(row.ReachesAt!.Value);
        var preferences = live.Preferences ?? new Preferences();
        var id = ScaleTools.IdOf(target);
        var when = Sizing.Quietest(curve.History, DateTimeOffset.FromUnixTimeMilliseconds(row.MadeAt), now, deadline, preferences.WindowsOf(id, ScalePlans.Name(target)), preferences.Zone);
        var reason = Refusal() ?? string.Create(
            CultureInfo.InvariantCulture,
            $"{row.Title} reaches {row.LimitValue:0.##} {row.Unit} on {deadline:yyyy-MM-dd HH:mm} UTC; {Text(state.Size)} becomes {Text(wanted)} at {when:yyyy-MM-dd HH:mm} UTC, its quietest allowed hour.");
        return new()
        {
            Id = Guid.CreateVersion7(now).ToString("N"),
            ForecastId = row.Id,
            Target = id,
            Kind = "raise",
            Resource = target.Resource,
            FromValue = state.Size,
            ToValue = wanted,
            Reason = reason,
            State = Refusal() is null ? "planned" : "impossible",
            NotBefore = when.ToUnixTimeMilliseconds(),
            Deadline = row.ReachesAt,
            CreatedAt = now.ToUnixTimeMilliseconds(),
            UpdatedAt = now.ToUnixTimeMilliseconds(),
        };

        string? Refusal() => allowed <= state.Size
            ? $"{ScalePlans.Name(target)} has the {Text(state.Size)} that its label {ScaleTools.ReplicasLabel} allows; allow more, or give each more."
            : wanted > room
                ? string.Create(CultureInfo.InvariantCulture, $"{Text(wanted)} would be needed and the host has room for {Text(Math.Max(0, target.Resource == "replicas" ? Math.Floor(room) : room))} with {settings.HeadroomPercent:0} % kept free; move something or make the host larger.")
                : null;

        string Text(double value) => ScalePlans.Text(target.Resource, value);
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
