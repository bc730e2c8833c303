using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Restic;

internal sealed class ResticOptions : ConnectionOptions
{
    /// <summary>SSH connection of the machine on which restic runs.</summary>
    [Required]
    public string? Host { get; set; }

    /// <summary>Where the repository is, as restic takes it: /srv/backup, sftp:nas:/backup, rest:https://... Credentials of a remote one are the machine's.</summary>
    [Required]
    [RegularExpression("[^-\\s][^\\x00\\r\\n]*")]
    public string? Repository { get; set; }

    [Secret]
    [Required]
    public string? Password { get; set; }
}

internal sealed class ResticRepositories(Connections<ResticOptions> connections, Hosts hosts)
{
    public async Task<ResticRepository> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(connection, cancellationToken);
        return new(options, await hosts.OpenAsync(options.Host!, context, cancellationToken));
    }
}

/// <summary>restic on a machine. The password goes in by standard input: neither an argument nor an environment that others could read.</summary>
internal sealed class ResticRepository(ResticOptions options, Host host)
{
    public const string SnapshotPattern = "(latest|[0-9a-f]{8,64})";

    public string Name => options.Name;

    public ActivityTarget Target => new("repository", $"restic:{options.Name}/repository/{options.Repository}", options.Repository!);

    public Host Host => host;

    public Task<ProcessAnswer> ReadAsync(IEnumerable<string> words, CancellationToken cancellationToken, TimeSpan? timeout = null, bool anyExit = false) =>
        host.ReadAsync(Command(words, timeout) with { AnyExit = anyExit }, cancellationToken);

    public Task<ProcessAnswer> ChangeAsync(IEnumerable<string> words, CancellationToken cancellationToken, bool anyExit = false, Func<string, bool>? onLine = null) =>
        host.ChangeAsync(Command(words, TimeSpan.FromHours(12)) with { AnyExit = anyExit, OnOutputLine = onLine }, cancellationToken);

    /// <summary>Oldest first.</summary>
    public async Task<IReadOnlyList<ResticSnapshot>> SnapshotsAsync(IEnumerable<string> filter, CancellationToken cancellationToken)
    {
        // Without a lock: reading must work while a backup runs, and change nothing.
        var answer = await ReadAsync(["--no-lock", "snapshots", "--json", .. filter], cancellationToken);
        return [.. Json<List<ResticSnapshot>>(answer.Output).OrderBy(snapshot => snapshot.Time)];
    }

    public static T Json<T>(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(text, ActivityJson.Lenient) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new ActivityException($"restic answered {text.Length} characters that are not the JSON it should answer.", retryable: false);
        }
    }

    private HostCommand Command(IEnumerable<string> words, TimeSpan? timeout) =>
        new(["env", "RESTIC_PROGRESS_FPS=1", "restic", "--repo", options.Repository!, "--password-file", "/dev/stdin", .. words]) { Input = options.Password + "\n", Timeout = timeout };
}

internal sealed record ResticSnapshot(string Id, DateTimeOffset Time, string? Hostname, IReadOnlyList<string>? Paths, IReadOnlyList<string>? Tags);
