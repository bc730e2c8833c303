using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Docker;

/// <summary>The compose program on the engine's machine.</summary>
internal static class Compose
{
    public static async Task<ComposeOutput> RunAsync(
        DockerClients clients, ComposeInput input, IEnumerable<string> verb, ActivityContext context, CancellationToken cancellationToken)
    {
        await TargetAsync(clients, input, context, cancellationToken);
        var (options, host) = await OpenAsync(clients, input.Connection, context, cancellationToken);
        var answer = await host.ChangeAsync(
            new([.. Words(options, input.File), .. verb]) { Timeout = TimeSpan.FromSeconds(840) }, cancellationToken);
        var running = await host.ReadAsync(new([.. Words(options, input.File), "ps", "-q"]), cancellationToken);
        return new() { Said = (answer.Output + answer.Error).Trim(), Containers = running.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length };
    }

    /// <summary>Containers that a service of the file has; all of them where none is named.</summary>
    public static async Task<int> CountAsync(DockerClients clients, ComposeInput input, string? service, ActivityContext context, CancellationToken cancellationToken)
    {
        var (options, host) = await OpenAsync(clients, input.Connection, context, cancellationToken);
        var answer = await host.ReadAsync(new([.. Words(options, input.File), "ps", "-q", .. service is null ? Array.Empty<string>() : [service]]), cancellationToken);
        return answer.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
    }

    /// <summary>The project by its file; a file that is not there is refused.</summary>
    public static async Task<ActivityTarget> TargetAsync(DockerClients clients, ComposeInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var (options, host) = await OpenAsync(clients, input.Connection, context, cancellationToken);
        var there = await host.ReadAsync(new("test", "-f", Host.Absolute(input.File)) { Also = [1] }, cancellationToken);
        return there.ExitCode == 0
            ? Target(options, input.File)
            : throw new ActivityException($"Compose file '{input.File}' is not on {host.Name}.", retryable: false);
    }

    public static ActivityTarget Target(DockerOptions options, string file) => new("project", $"docker:{options.Name}/project{file}", file);

    /// <param name="file">Where it is to be: what it names is looked for from there.</param>
    /// <exception cref="ActivityException">Compose does not understand the text; with what it says.</exception>
    public static async Task CheckAsync(DockerClients clients, string connection, string file, string content, ActivityContext context, CancellationToken cancellationToken)
    {
        var (options, host) = await OpenAsync(clients, connection, context, cancellationToken);
        var answer = await host.ReadAsync(new([.. Words(options, "-"), "--project-directory", file[..(file.LastIndexOf('/') + 1)], "config", "-q"]) { Input = content, AnyExit = true }, cancellationToken);
        if (answer.ExitCode != 0)
            throw new ActivityException($"Compose does not take this file: {answer.Error.Trim()}", retryable: false);
    }

    private static async Task<(DockerOptions Options, Host Host)> OpenAsync(DockerClients clients, string connection, ActivityContext context, CancellationToken cancellationToken) =>
        (await clients.OptionsAsync(connection, cancellationToken), await clients.HostAsync(connection, context, cancellationToken));

    /// <summary>The engine the file is applied to is always this connection's, not what the machine's environment says.</summary>
    private static IEnumerable<string> Words(DockerOptions options, string file)
    {
        var engine = new Uri(options.Endpoint) switch
        {
            { Scheme: "ssh" } => $"unix://{options.RemoteSocket}",
            { Scheme: "http" } tcp => $"tcp://{tcp.Authority}",
            { Scheme: "unix" } => options.Endpoint,
            _ => throw new ActivityException("Compose needs an endpoint of unix://, http:// or ssh://.", retryable: false),
        };
        return ["env", $"DOCKER_HOST={engine}", .. options.Compose.Split(' '), "-f", file];
    }
}

internal sealed record ComposeInput : ConnectedInput
{
    public const string FilePattern = "/[^\\x00\\r\\n]+\\.ya?ml";
    public const string ServicePattern = "[a-zA-Z0-9][a-zA-Z0-9_.-]*";

    [Description("Absolute path of the compose file on the engine's machine.")]
    [RegularExpression(FilePattern)]
    [Example("/srv/stack/compose.yaml")]
    public required string File { get; init; }

    [Description("Only this service of the project.")]
    [RegularExpression(ServicePattern)]
    public string? Service { get; init; }
}

internal sealed record ComposeOutput
{
    [Description("What compose said.")]
    public required string Said { get; init; }

    [Description("Containers of the project now.")]
    public required int Containers { get; init; }
}
