using System.Globalization;
using System.Text.RegularExpressions;

namespace Homelab.Activities.Proxmox;

/// <summary>
/// A task of Proxmox VE or Backup Server, followed to its end: nothing but asking says when it is over. The last line of its log is the progress;
/// when nobody waits for it any more it is stopped over there.
/// </summary>
internal sealed partial class ProxmoxTask(ToolHttpClient http, ActivityContext context, string upid)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private int _read;

    private ToolPath.Raw Path => PathOf(upid);

    /// <summary>"UPID:node:...": the node that runs it is in its id.</summary>
    public static ToolPath.Raw PathOf(string upid) => upid.Split(':') is [_, { Length: > 0 } node, ..]
        ? new(ToolPath.Of($"/api2/json/nodes/{node}/tasks/{upid}"))
        : throw new ActivityException($"'{upid}' is not a task's id.", retryable: false);

    public async Task FollowAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var task = (await http.GetAsync<Envelope<ProxmoxClient.TaskEntry>>($"{Path}/status", cancellationToken)).Data;
                await ReportAsync(cancellationToken);
                if (task?.Status != "running")
                {
                    Expect(task);
                    return;
                }

                await Task.Delay(Pause, context.Time, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            await StopAsync();
            throw;
        }
    }

    private static void Expect(ProxmoxClient.TaskEntry? task)
    {
        // Warnings are a success that says something.
        if (task?.Exitstatus is { } end && (end == "OK" || end.StartsWith("WARNINGS", StringComparison.Ordinal)))
            return;
        throw new ActivityException($"Proxmox task {task?.Type} of {task?.Id} ended with: {task?.Exitstatus ?? "nothing"} ({task?.Upid}).", retryable: false);
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        if (context.Progress is null)
            return;
        var lines = (await http.GetAsync<Envelope<IReadOnlyList<ProxmoxClient.LogLine>>>($"{Path}/log?start={_read}&limit=500", cancellationToken)).Data ?? [];
        if (lines.Count == 0 || lines[^1].T is not { } line)
            return;
        _read = lines[^1].N;
        var percent = Percent().Match(line);
        context.Progress.Report(new(percent.Success ? double.Parse(percent.Groups[1].Value, CultureInfo.InvariantCulture) : null, line));
    }

    private async Task StopAsync()
    {
        try
        {
            await http.ChangeAsync(HttpMethod.Delete, $"{Path}", null, CancellationToken.None);
        }
        catch (ActivityException)
        {
            // It had ended, or Proxmox is gone; the task's own log says how it ended.
        }
    }

    private sealed record Envelope<T>(T? Data);

    [GeneratedRegex(@"(\d{1,3}(?:\.\d+)?)\s?%")]
    private static partial Regex Percent();
}
