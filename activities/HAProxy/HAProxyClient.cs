using System.ComponentModel.DataAnnotations;
using System.Net.Sockets;
using System.Text;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.HAProxy;

internal sealed class HAProxyOptions : ConnectionOptions, IValidatableObject
{
    /// <summary>Its runtime socket: <c>unix:///run/haproxy/admin.sock</c> or <c>tcp://127.0.0.1:9999</c>.</summary>
    [Required]
    public string Endpoint { get; set; } = "unix:///run/haproxy/admin.sock";

    /// <summary>Ssh connection of the machine on which a unix socket is, where that is not this one; it needs socat there.</summary>
    public string? Host { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Uri.TryCreate(Endpoint, UriKind.Absolute, out var endpoint) || endpoint.Scheme is not ("unix" or "tcp"))
            yield return new("Endpoint must begin with unix:// or tcp://.", [nameof(Endpoint)]);
        else if (Host is { Length: > 0 } && (endpoint.Scheme != "unix" || endpoint.LocalPath.Contains(',', StringComparison.Ordinal)))
            yield return new("Host goes with a unix:// Endpoint, whose path has no comma.", [nameof(Host)]);
    }
}

internal sealed class HAProxyClients(Connections<HAProxyOptions> connections, Hosts hosts)
{
    public async Task<HAProxyClient> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(connection, cancellationToken);
        return new(options, options.Host is { Length: > 0 } host ? await hosts.OpenAsync(host, context, cancellationToken) : null, context);
    }
}

/// <summary>HAProxy's runtime socket: one line in, an answer up to the end of the connection.</summary>
internal sealed class HAProxyClient(HAProxyOptions options, Host? host, ActivityContext context)
{
    /// <summary>Names of backends and servers: nothing that ends the line or the command.</summary>
    public const string NamePattern = "[A-Za-z0-9_.:-]{1,100}";

    public string Name => options.Name;

    public async Task<IReadOnlyDictionary<string, string>> InfoAsync(CancellationToken cancellationToken) =>
        (await ReadAsync("show info", cancellationToken)).Split('\n').Select(line => line.Split(": ", 2)).Where(pair => pair.Length == 2)
        .GroupBy(pair => pair[0]).ToDictionary(pair => pair.Key, pair => pair.Last()[1].Trim());

    /// <summary>A row of the statistics for each frontend, backend and server.</summary>
    public async Task<IReadOnlyList<HAProxyRow>> RowsAsync(CancellationToken cancellationToken)
    {
        var lines = (await ReadAsync("show stat", cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0 || !lines[0].StartsWith("# pxname,", StringComparison.Ordinal))
            throw new ActivityException($"HAProxy connection '{options.Name}' answered something that is no table of statistics.", retryable: false);
        var columns = lines[0][2..].Split(',');
        return [.. lines.Skip(1).Select(line => new HAProxyRow(columns.Zip(line.Split(',')).Where(cell => cell.First.Length > 0).GroupBy(cell => cell.First).ToDictionary(cell => cell.Key, cell => cell.First().Second)))];
    }

    /// <summary>The server's row; one that is not there throws.</summary>
    public async Task<HAProxyRow> ServerAsync(string backend, string server, CancellationToken cancellationToken) =>
        (await RowsAsync(cancellationToken)).FirstOrDefault(row => row.IsServer && row.Proxy == backend && row.Name == server)
        ?? throw new ActivityException($"HAProxy '{options.Name}' has no server '{server}' in backend '{backend}'.", retryable: false);

    public ActivityTarget Target(string backend, string server) => new("backend server", $"haproxy:{options.Name}/server/{backend}/{server}", $"{backend}/{server}");

    /// <summary>A command that changes something answers nothing when it worked.</summary>
    public async Task ChangeAsync(string command, CancellationToken cancellationToken)
    {
        DryRunPlan.Door(context, $"{options.Name}: {command}");
        var answer = (await SendAsync(command, changes: true, cancellationToken)).Trim();
        // 2.6 says "no need to change the addr" and the like in brackets; what begins otherwise is a refusal.
        if (answer.Length > 0)
            throw new ActivityException($"HAProxy '{options.Name}' refused '{command}': {(answer.Length > 300 ? answer[..300] : answer)}", retryable: false);
    }

    private Task<string> ReadAsync(string command, CancellationToken cancellationToken) => SendAsync(command, changes: false, cancellationToken);

    private async Task<string> SendAsync(string command, bool changes, CancellationToken cancellationToken)
    {
        var endpoint = new Uri(options.Endpoint);
        if (host is null)
            return await SocketFailure.GuardAsync($"HAProxy connection '{options.Name}'", options, context, ends => SpeakAsync(endpoint, command, ends), cancellationToken);
        var asked = new HostCommand("socat", "-t", "10", "-", $"UNIX-CONNECT:{endpoint.LocalPath}") { Input = command + "\n" };
        return (changes ? await host.ChangeAsync(asked, cancellationToken) : await host.ReadAsync(asked, cancellationToken)).Output;
    }

    private async Task<string> SpeakAsync(Uri endpoint, string command, CancellationToken cancellationToken)
    {
        using var socket = endpoint.Scheme == "unix" ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new Socket(SocketType.Stream, ProtocolType.Tcp);
        if (endpoint.Scheme == "unix")
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(endpoint.LocalPath), cancellationToken);
        else
            await socket.ConnectAsync(endpoint.Host, endpoint.Port, cancellationToken);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(command + "\n"), cancellationToken);
        using var read = new MemoryStream();
        var buffer = new byte[16 << 10];
        int count;
        while ((count = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            read.Write(buffer, 0, count);
            if (read.Length > options.LargestAnswerBytes)
                throw new ActivityException($"HAProxy connection '{options.Name}' answered more than {options.LargestAnswerBytes} bytes; raise LargestAnswerBytes.", retryable: false);
        }

        return Encoding.UTF8.GetString(read.ToArray());
    }
}

/// <summary>A row of HAProxy's statistics by the names of its columns.</summary>
internal sealed record HAProxyRow(IReadOnlyDictionary<string, string> Cells)
{
    public string Proxy => Cells.GetValueOrDefault("pxname", "");

    public string Name => Cells.GetValueOrDefault("svname", "");

    public bool IsServer => Cells.GetValueOrDefault("type") == "2";

    public bool IsBackend => Cells.GetValueOrDefault("type") == "1";

    public bool IsFrontend => Cells.GetValueOrDefault("type") == "0";

    public string Status => Cells.GetValueOrDefault("status", "");

    public long Number(string column) => long.TryParse(Cells.GetValueOrDefault(column), System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : 0;

    /// <summary>It gets requests: up by its checks, or never checked.</summary>
    public bool Works => Status == "no check" || Status.StartsWith("UP", StringComparison.Ordinal);

    /// <summary>What a person set: ready, drain or maint. "MAINT (resolution)" and the like are not set by anybody.</summary>
    public string AdminState => Status switch
    {
        "MAINT" => "maint",
        _ when Status.StartsWith("DRAIN", StringComparison.Ordinal) => "drain",
        _ => "ready",
    };
}
