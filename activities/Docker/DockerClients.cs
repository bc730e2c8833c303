using Homelab.Activities.Ssh;

namespace Homelab.Activities.Docker;

/// <summary>Opens Docker engines (and Podman's compatible API) by connection name.</summary>
internal sealed class DockerClients(Connections<DockerOptions> connections, Hosts hosts, ToolHttp http)
{
    private static readonly Uri Behind = new("http://docker");

    public async Task<DockerClient> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(connection, cancellationToken);
        var endpoint = new Uri(options.Endpoint);
        var client = endpoint.Scheme switch
        {
            "unix" => http.Open(options, Behind, new(null, null, null, new UnixConnector(endpoint.LocalPath)), context),
            "ssh" => http.Open(
                options, Behind,
                new(null, null, null, new SshConnector(string.Join(SshConnector.Separator, await hosts.ClientAsync(endpoint.Host, cancellationToken)), options.RemoteSocket)),
                context),
            _ => http.Open(
                options, endpoint,
                new(options.CertificateFingerprint, options.CaFile,
                    options.ClientCertificateFile is { } certificate ? new(certificate, options.ClientKeyFile!) : null, null),
                context),
        };
        return new(options.Name, client, TimeSpan.FromSeconds(options.PullTimeoutSeconds), context);
    }

    /// <summary>The engine's machine, for what the API cannot do.</summary>
    public async Task<Host> HostAsync(string connection, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(connection, cancellationToken);
        return options.Host is { Length: > 0 } host
            ? await hosts.OpenAsync(host, context, cancellationToken)
            : throw new ActivityException(
                $"Docker connection '{options.Name}' does not say which machine the engine runs on: set Host to a connection of Ssh.", retryable: false);
    }

    public Task<DockerOptions> OptionsAsync(string connection, CancellationToken cancellationToken) => connections.GetAsync(connection, cancellationToken);
}
