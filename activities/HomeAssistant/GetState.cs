using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.HomeAssistant;

[Activity("homeassistant.get_state", "Entity's state", "Reads the state of an entity.")]
internal sealed class GetState(HomeAssistantClients clients) : IActivity<GetState.Input, GetState.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        var state = await client.StateAsync(input.EntityId, cancellationToken);
        return new() { State = state.Value, Name = state.FriendlyName, ChangedAt = state.LastChanged };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("The entity.")]
        [RegularExpression(HomeAssistantClient.EntityPattern)]
        [Options("homeassistant.entities")]
        [Example("switch.pump")]
        public required string EntityId { get; init; }
    }

    internal sealed record Output
    {
        [Description("The state.")]
        public required string State { get; init; }

        [Description("What people call it.")]
        public string? Name { get; init; }

        [Description("When it changed last.")]
        public DateTimeOffset? ChangedAt { get; init; }
    }
}
