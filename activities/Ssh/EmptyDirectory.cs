namespace Homelab.Activities.Ssh;

/// <summary>A place to restore to: nothing that is there may be overwritten.</summary>
internal static class EmptyDirectory
{
    public static async Task RequireAsync(Host host, string path, CancellationToken cancellationToken)
    {
        // A missing one is as good as an empty one.
        var answer = await host.ReadAsync(new("find", Host.Absolute(path), "-mindepth", "1", "-maxdepth", "1", "-print", "-quit") { Also = [1] }, cancellationToken);
        if (answer.ExitCode == 1 && !answer.Error.Contains("No such file", StringComparison.Ordinal))
            answer.Expect();
        if (answer.Output.Trim().Length > 0)
            throw new ActivityException($"'{path}' on {host.Name} is not empty; restoring could overwrite what is there. Choose a new directory.", retryable: false);
    }

    public static async Task<long> CountFilesAsync(Host host, string path, CancellationToken cancellationToken)
    {
        var answer = await host.ReadAsync(new("find", Host.Absolute(path), "-type", "f", "-printf", ".") { Also = [1] }, cancellationToken);
        return answer.Output.Count(letter => letter == '.');
    }
}
