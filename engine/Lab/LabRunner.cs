namespace Homelab.Engine.Lab;

/// <summary>The product with a simulated homelab around it, with data of its own that is gone afterwards.</summary>
internal sealed class LabRunner : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("homelab-lab-data-").FullName;
    private readonly CancellationTokenSource _stopping = new();
    private Task _script = Task.CompletedTask;

    private LabRunner(LabHost lab) => Lab = lab;

    public LabHost Lab { get; }

    /// <summary>Null until <see cref="Play"/>.</summary>
    public FirstMinute? Script { get; private set; }

    /// <summary>To be watched: in ordinary time, at night.</summary>
    public static Task<LabRunner> WatchAsync(int seed, TimeProvider time, CancellationToken cancellationToken) =>
        StartAsync(seed, time, "moderate", LabPreferences.AtNight(time.GetUtcNow()), null, cancellationToken);

    /// <param name="data">Data of a product that was started before, to begin with a copy of; null begins with none.</param>
    public static async Task<LabRunner> StartAsync(
        int seed, TimeProvider time, string autonomy, System.Text.Json.Nodes.JsonObject? preferences, string? data, CancellationToken cancellationToken)
    {
        var runner = new LabRunner(await LabHost.StartAsync(seed, time, cancellationToken));
        foreach (var file in data is null ? [] : Directory.EnumerateFiles(data))
            File.Copy(file, Path.Combine(runner._directory, Path.GetFileName(file)));
        await File.WriteAllTextAsync(runner.Preferences, LabPreferences.Of(runner.Lab.Homelab, autonomy, preferences).ToJsonString(), cancellationToken);
        return runner;
    }

    /// <summary>Where the product keeps what it knows.</summary>
    public string Data => _directory;

    private string Preferences => Path.Combine(_directory, "preferences.json");

    /// <summary>For <see cref="Server.Create"/>; what is given wins, null takes away.</summary>
    public IReadOnlyDictionary<string, string?> Settings(IReadOnlyDictionary<string, string?> given)
    {
        var settings = new Dictionary<string, string?>(Lab.Settings, StringComparer.OrdinalIgnoreCase)
        {
            ["Storage:Directory"] = _directory,
            // A data directory of one's own has preferences of another homelab, or none.
            ["Preferences:File"] = Preferences,
            [$"Telegram:Users:{LabHost.Person}"] = SignIn.FirstAdministrator.Name,
            // A page that shows a crash a minute late shows nothing.
            ["Connections:CheckEvery"] = "00:01:00",
        };
        foreach (var (name, value) in given)
        {
            // An empty setting would be half a connection; what is given as none is none.
            if (value is null)
                settings.Remove(name);
            else
                settings[name] = value;
        }

        return settings;
    }

    /// <summary>Where the product listens is known when it does.</summary>
    public void Connect(WebApplication product) => Lab.Webhook = new Uri(new Uri(product.Urls.First().Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal).Replace("[::]", "127.0.0.1", StringComparison.Ordinal)), "/api/alerts/alertmanager");

    public void Play(TimeProvider time)
    {
        Script = new(Lab, time);
        _script = Script.RunAsync(_stopping.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _script;
        await Lab.DisposeAsync();
        _stopping.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
