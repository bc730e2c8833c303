using System.ComponentModel;

namespace Homelab.Activities.Nginx;

[Activity("nginx.test_configuration", "Test configuration", "Has nginx check its configuration on disk. A bad one is an answer, not an error.")]
internal sealed class TestConfiguration(NginxClients clients) : IActivity<TestConfiguration.Input, TestConfiguration.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var (valid, says) = await (await clients.OpenAsync(input.Connection, context, cancellationToken)).TestAsync(cancellationToken);
        return new() { Valid = valid, Says = says };
    }

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("A reload would take it.")]
        public required bool Valid { get; init; }

        [Description("Errors and warnings, with file and line.")]
        public required IReadOnlyList<string> Says { get; init; }
    }
}
