namespace Homelab.Engine.Operations;

/// <summary>Where this node keeps its files; absolute.</summary>
internal sealed record DataDirectory(string Path)
{
    /// <summary><c>Storage:Directory</c>, relative to the working directory.</summary>
    public static DataDirectory Of(IConfiguration configuration) =>
        new(System.IO.Path.GetFullPath(configuration["Storage:Directory"] is { Length: > 0 } configured ? configured : "data"));

    /// <summary>Made for its owner alone, for passwords' hashes, the key of the secrets and logs are in it; one that is there stays as it is.</summary>
    public static void Make(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
