using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Borg;

internal sealed class BorgOptions : ConnectionOptions
{
    /// <summary>SSH connection of the machine on which borg runs.</summary>
    [Required]
    public string? Host { get; set; }

    /// <summary>Where the repository is, as borg takes it: /srv/backup or user@nas:backup.</summary>
    [Required]
    [RegularExpression("[^-\\s][^\\x00\\r\\n]*")]
    public string? Repository { get; set; }

    [Secret]
    [Required]
    public string? Passphrase { get; set; }

    /// <summary>borg's own directory (cache, keys, what it knows of repositories); its default when empty.</summary>
    [RegularExpression("/[^\\x00\\r\\n]*")]
    public string? BaseDirectory { get; set; }
}

internal sealed class BorgRepositories(Connections<BorgOptions> connections, Hosts hosts)
{
    public async Task<BorgRepository> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(connection, cancellationToken);
        return new(options, await hosts.OpenAsync(options.Host!, context, cancellationToken));
    }
}

/// <summary>borg on a machine. The passphrase goes in by standard input; nobody is asked, and 1 is the exit code of a warning.</summary>
internal sealed class BorgRepository(BorgOptions options, Host host)
{
    public const string ArchivePattern = "[A-Za-z0-9_][A-Za-z0-9_.:@+-]{0,199}";

    public ActivityTarget Target => new("repository", $"borg:{options.Name}/repository/{options.Repository}", options.Repository!);

    public Host Host => host;

    public string Path => options.Repository!;

    public Task<ProcessAnswer> ReadAsync(IEnumerable<string> words, CancellationToken cancellationToken, TimeSpan? timeout = null, bool anyExit = false) =>
        host.ReadAsync(Command(words, timeout) with { AnyExit = anyExit }, cancellationToken);

    public Task<ProcessAnswer> ChangeAsync(IEnumerable<string> words, CancellationToken cancellationToken, Func<string, bool>? onErrorLine = null) =>
        host.ChangeAsync(Command(words, TimeSpan.FromHours(12)) with { OnErrorLine = onErrorLine }, cancellationToken);

    /// <summary>The same by a script of ours that is given a directory and then the command.</summary>
    public Task<ProcessAnswer> ChangeInAsync(string script, string directory, IEnumerable<string> words, CancellationToken cancellationToken)
    {
        var command = Command(words, TimeSpan.FromHours(12));
        return host.ChangeAsync(command with { Words = ["sh", "-c", script, "sh", directory, .. command.Words] }, cancellationToken);
    }

    /// <summary>Oldest first.</summary>
    public async Task<IReadOnlyList<BorgArchive>> ArchivesAsync(CancellationToken cancellationToken) =>
        Json<Listing>((await ReadAsync(["list", "--json", "--format", "{comment}{hostname}", "--", Path], cancellationToken)).Output).Archives ?? [];

    public static T Json<T>(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(text, ActivityJson.Lenient) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new ActivityException($"borg answered {text.Length} characters that are not the JSON it should answer.", retryable: false);
        }
    }

    private HostCommand Command(IEnumerable<string> words, TimeSpan? timeout)
    {
        // Times without a zone in its JSON are those of the machine; so its zone is set.
        List<string> environment = ["TZ=UTC", "BORG_PASSPHRASE_FD=0", "BORG_RELOCATED_REPO_ACCESS_IS_OK=no", "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=no"];
        if (options.BaseDirectory is { } directory)
            environment.Add($"BORG_BASE_DIR={directory}");
        return new(["env", .. environment, "borg", .. words]) { Input = options.Passphrase + "\n", Timeout = timeout };
    }

    private sealed record Listing(IReadOnlyList<BorgArchive>? Archives);
}

internal sealed record BorgArchive(string Name, string Id, DateTime Start, string? Hostname, string? Comment)
{
    public DateTimeOffset TakenAt => new(DateTime.SpecifyKind(Start, DateTimeKind.Utc));
}
