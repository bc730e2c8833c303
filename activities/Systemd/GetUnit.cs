namespace Homelab.Activities.Systemd;

[Activity("systemd.get_unit", "Unit status", "Reads the state of one unit; a unit that is not there is an answer too.")]
internal sealed class GetUnit(Units units) : IActivity<UnitInput, UnitState>
{
    public async Task<UnitState> ExecuteAsync(UnitInput input, ActivityContext context, CancellationToken cancellationToken) =>
        await Units.StateAsync(await units.OpenAsync(input.Connection, context, cancellationToken), input.Unit, cancellationToken);
}
