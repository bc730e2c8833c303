using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Postgres;

internal record DatabaseInput : ConnectedInput
{
    [Description("Database to look into; the connection's own when empty.")]
    [StringLength(63)]
    [Options("postgres.databases")]
    public string? Database { get; init; }
}

internal record TableInput : DatabaseInput
{
    [Description("Table, with its schema unless it is on the search path.")]
    [StringLength(200, MinimumLength = 1)]
    [Options("postgres.tables")]
    [Example("public.orders")]
    public required string Table { get; init; }
}

internal record SessionInput : ConnectedInput
{
    [Description("Process id of the session.")]
    [Range(1, int.MaxValue)]
    [Example(12345)]
    public required int Pid { get; init; }

    [Description("When the session began, as listed: a later one with the same process id is refused.")]
    public DateTimeOffset? BackendStart { get; init; }
}

internal sealed record SessionOutput
{
    [Description("The session was told.")]
    public required bool Signalled { get; init; }
}
