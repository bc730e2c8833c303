namespace Homelab.Engine.Inventory;

/// <summary>Section <c>Documentation</c>: what is documented beside everything that has a connection, and where it is kept.</summary>
internal sealed class DocumentationSettings
{
    /// <summary>Absolute path of the work tree that documents are committed to; empty: they are kept in the console only.</summary>
    public string Directory { get; set; } = "";

    /// <summary>Ssh connection of the machine with that work tree.</summary>
    public string Connection { get; set; } = "default";

    /// <summary>Servers whose certificates are looked at, as host:port.</summary>
    public List<string> Certificates { get; set; } = [];

    /// <summary>Compose files as connection-of-Docker=path, beside those that running containers name.</summary>
    public List<string> ComposeFiles { get; set; } = [];

    /// <summary>
    /// Unit files as they are meant to be, as connection-of-Ssh=path of the file on the machine of <see cref="Connection"/>, such as nas=/srv/config/nas/backup.timer. A drop-in is named
    /// with its folder: nas=/srv/config/nas/web.service.d/limits.conf.
    /// </summary>
    public List<string> UnitFiles { get; set; } = [];

    /// <summary>Connections that are left out, as tool:name.</summary>
    public List<string> Skip { get; set; } = [];
}
