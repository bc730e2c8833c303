using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.HomeAssistant;

[Activity("homeassistant.list_states", "List states", "Lists entities with their states, of a kind or in a state when wanted.")]
internal sealed class ListStates(HomeAssistantClients clients) : IActivity<ListStates.Input, ListStates.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        var states = (await client.StatesAsync(cancellationToken)).Where(state =>
            (input.Domain is null || state.EntityId.StartsWith(input.Domain + ".", StringComparison.Ordinal)) && (input.State is null || state.Value == input.State));
        return new() { States = [.. states.Select(state => new Entry(state.EntityId, state.FriendlyName, state.Value, state.LastChanged))] };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Only of this kind: light, switch, sensor, ...")]
        [RegularExpression("[a-z_]+")]
        public string? Domain { get; init; }

        [Description("Only in this state: on, unavailable, ...")]
        [StringLength(255, MinimumLength = 1)]
        public string? State { get; init; }
    }

    internal sealed record Output
    {
        [Description("Entities.")]
        public required IReadOnlyList<Entry> States { get; init; }
    }

    internal sealed record Entry(string EntityId, string? Name, string State, DateTimeOffset? ChangedAt);
}
