using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.RegularExpressions;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Nginx;

internal sealed class NginxOptions : ConnectionOptions
{
    /// <summary>Ssh connection of the machine on which nginx runs.</summary>
    [Required]
    public string? Host { get; set; }

    /// <summary>Its configuration, where it is not the one built in.</summary>
    [RegularExpression("/[^\\x00\\r\\n]*")]
    public string? ConfigFile { get; set; }

    /// <summary>Directory with a file for each site, whose name in <see cref="EnabledSites"/> makes it count (Debian's way).</summary>
    [RegularExpression("/[^\\x00\\r\\n]*")]
    public string AvailableSites { get; set; } = "/etc/nginx/sites-available";

    [RegularExpression("/[^\\x00\\r\\n]*")]
    public string EnabledSites { get; set; } = "/etc/nginx/sites-enabled";

    /// <summary>Address of <c>stub_status</c>, for numbers of connections.</summary>
    public Uri? StatusUrl { get; set; }
}

internal sealed class NginxClients(Connections<NginxOptions> connections, Hosts hosts, ToolHttp http)
{
    public async Task<NginxClient> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(connection, cancellationToken);
        return new(
            options, await hosts.OpenAsync(options.Host!, context, cancellationToken),
            options.StatusUrl is { } status ? http.Open(options, status, new(null, null, null, null), context) : null);
    }
}

/// <summary>nginx by its own program on its machine, which knows where everything is, and by its status page.</summary>
internal sealed partial class NginxClient(NginxOptions options, Host host, ToolHttpClient? status)
{
    public const string SitePattern = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}";

    public string Name => options.Name;

    public ActivityTarget Target => new("service", $"nginx:{options.Name}/service/nginx", $"nginx of {host.Name}");

    public async Task<string> VersionAsync(CancellationToken cancellationToken) =>
        // It says its version on standard error.
        Version().Match((await host.ReadAsync(new("nginx", "-v"), cancellationToken)).Error) is { Success: true } found
            ? found.Groups["version"].Value
            : throw new ActivityException($"nginx of {host.Name} does not say its version.", retryable: false);

    /// <summary>What it says of its configuration; a bad one is an answer.</summary>
    public async Task<(bool Valid, IReadOnlyList<string> Says)> TestAsync(CancellationToken cancellationToken)
    {
        var answer = await host.ReadAsync(new(Words("-t", "-q")) { Also = [1] }, cancellationToken);
        return (answer.ExitCode == 0, [.. answer.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)]);
    }

    /// <summary>Refuses to go on with a configuration that nginx would not take.</summary>
    public async Task ExpectValidAsync(CancellationToken cancellationToken)
    {
        var (valid, says) = await TestAsync(cancellationToken);
        if (!valid)
            throw new ActivityException($"The configuration of nginx on {host.Name} is not valid; it goes on with the old one: {string.Join(" ", says)}", retryable: false);
    }

    public Task<ProcessAnswer> ReloadAsync(CancellationToken cancellationToken) => host.ChangeAsync(new(Words("-s", "reload")), cancellationToken);

    /// <summary>Its processes: the master, and the workers that take connections, which a reload replaces. Null when it does not run.</summary>
    public async Task<(int Master, IReadOnlyList<int> Workers)?> ProcessesAsync(CancellationToken cancellationToken)
    {
        var pidFile = await PidFileAsync(cancellationToken);
        var read = await host.ReadAsync(new("cat", "--", pidFile) { Also = [1] }, cancellationToken);
        if (read.ExitCode != 0 || !int.TryParse(read.Output.Trim(), CultureInfo.InvariantCulture, out var master))
            return null;
        // 1: it has no child, or is not there.
        var children = await host.ReadAsync(new("ps", "--no-headers", "-o", "pid=,args=", "--ppid", master.ToString(CultureInfo.InvariantCulture)) { Also = [1] }, cancellationToken);
        var alive = await host.ReadAsync(new("ps", "--no-headers", "-o", "pid=", "-p", master.ToString(CultureInfo.InvariantCulture)) { Also = [1] }, cancellationToken);
        return alive.ExitCode == 0
            ? (master, [.. children.Output.Split('\n').Where(line => !line.Contains("shutting down", StringComparison.Ordinal))
                .Select(line => int.TryParse(line.Trim().Split(' ')[0], CultureInfo.InvariantCulture, out var pid) ? pid : 0).Where(pid => pid > 0)])
            : null;
    }

    /// <summary>Connections by the status page; null where none is configured.</summary>
    public async Task<NginxConnections?> ConnectionsAsync(CancellationToken cancellationToken)
    {
        if (status is null)
            return null;
        var page = Numbers().Matches(await status.GetTextAsync($"", cancellationToken)).Select(number => long.Parse(number.Value, CultureInfo.InvariantCulture)).ToList();
        return page is [var active, var accepted, var handled, var requests, var reading, var writing, var waiting]
            ? new(active, accepted, handled, requests, reading, writing, waiting)
            : throw new ActivityException($"{options.StatusUrl} is not a page of stub_status.", retryable: false);
    }

    public async Task<IReadOnlyList<(string Name, bool Enabled)>> SitesAsync(CancellationToken cancellationToken)
    {
        var available = await NamesAsync(options.AvailableSites, cancellationToken);
        var enabled = await NamesAsync(options.EnabledSites, cancellationToken);
        return [.. available.Order(StringComparer.Ordinal).Select(site => (site, enabled.Contains(site)))];
    }

    /// <summary>Whether the site counts; one without a file throws.</summary>
    public async Task<bool> IsEnabledAsync(string site, CancellationToken cancellationToken) =>
        (await SitesAsync(cancellationToken)).Where(found => found.Name == site).Select(found => (bool?)found.Enabled).FirstOrDefault()
        ?? throw new ActivityException($"{host.Name} has no site '{site}' in {options.AvailableSites}.", retryable: false);

    public async Task SwitchAsync(string site, bool enabled, CancellationToken cancellationToken)
    {
        var link = $"{options.EnabledSites}/{site}";
        await host.ChangeAsync(enabled ? new("ln", "-s", "--", $"{options.AvailableSites}/{site}", link) : new("sh", "-c", "[ -L \"$1\" ] && rm -- \"$1\"", "sh", link), cancellationToken);
    }

    private async Task<HashSet<string>> NamesAsync(string directory, CancellationToken cancellationToken) =>
        [.. (await host.ReadAsync(new("ls", "-1", "--", directory), cancellationToken)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    /// <summary>Where its master writes its process id: as its main file says, or as built. Read from the file, for nginx itself tells nothing of one that is not valid.</summary>
    private async Task<string> PidFileAsync(CancellationToken cancellationToken)
    {
        var built = (await host.ReadAsync(new("nginx", "-V"), cancellationToken)).Error;
        var file = options.ConfigFile is { Length: > 0 } given ? given : BuiltConfiguration().Match(built) is { Success: true } path ? path.Groups["path"].Value : "/etc/nginx/nginx.conf";
        var configured = Pid().Match((await host.ReadAsync(new("cat", "--", file), cancellationToken)).Output);
        if (configured.Success)
            return configured.Groups["path"].Value;
        return BuiltPid().Match(built) is { Success: true } found ? found.Groups["path"].Value : "/run/nginx.pid";
    }

    private List<string> Words(params IEnumerable<string> arguments) => options.ConfigFile is { Length: > 0 } file ? ["nginx", "-c", file, .. arguments] : ["nginx", .. arguments];

    [GeneratedRegex("nginx version: \\S+/(?<version>\\S+)")]
    private static partial Regex Version();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Numbers();

    [GeneratedRegex("^[^#\\n]*?\\bpid\\s+(?<path>/[^;\\s]+)\\s*;", RegexOptions.Multiline)]
    private static partial Regex Pid();

    [GeneratedRegex("--conf-path=(?<path>\\S+)")]
    private static partial Regex BuiltConfiguration();

    [GeneratedRegex("--pid-path=(?<path>\\S+)")]
    private static partial Regex BuiltPid();
}

internal sealed record NginxConnections(long Active, long Accepted, long Handled, long Requests, long Reading, long Writing, long Waiting);
