using Homelab.Activities.Systemd;

namespace Homelab.Activities.Postgres;

[Activity(
    "postgres.restart_service", "Restart database service", "Restarts PostgreSQL by systemd on its machine; open transactions are rolled back and every client is cut off.",
    Effect = Effect.Disruptive, DataRisk = RiskLevel.Low, AvailabilityRisk = RiskLevel.High, TimeoutSeconds = 150, Idempotent = true,
    NoUndo = "A restart leaves nothing to take back; clients connect again.")]
internal sealed class RestartService(PostgresClients clients, Units units) : IEffectActivity<RestartService.Input, UnitChange>
{
    public async Task<UnitChange> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        await units.ChangeAsync(await UnitAsync(input, cancellationToken), "restart", context, cancellationToken);

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        await units.TargetAsync(await UnitAsync(input, cancellationToken), context, cancellationToken);

    public Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.Unknown);

    public UndoStep? Undo(Input input, UnitChange output) => null;

    private async Task<UnitInput> UnitAsync(Input input, CancellationToken cancellationToken)
    {
        var options = await clients.OptionsAsync(input.Connection, cancellationToken);
        return options.Machine is { Length: > 0 } machine
            ? new() { Connection = machine, Unit = options.Unit }
            : throw new ActivityException(
                $"PostgreSQL connection '{options.Name}' does not say which machine it runs on: set Machine to a connection of Ssh.", retryable: false);
    }

    internal sealed record Input : ConnectedInput;
}
